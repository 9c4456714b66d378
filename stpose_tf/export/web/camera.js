// Keypoints of the person before the camera, found by BlazePose.

const FOLDER = "./blazepose/";
const LEAST = 0.3;  // a keypoint that is less visible was not seen

export class Camera {
  /** @param {number[]} landmarks Which of BlazePose's landmarks each keypoint is. */
  constructor(landmarks) {
    this.landmarks = landmarks;
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
  }

  /** Asks for the camera and loads the detector. */
  async open() {
    this.detector ??= await loadDetector((results) => { this.found = results; });
    this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
    await this.video.play();
  }

  close() {
    this.video.srcObject?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }

  /** Returns x, y in px and confidence of each keypoint now; null if nobody is seen. */
  async detect() {
    await this.detector.send({ image: this.video });
    const found = this.found?.poseLandmarks;
    return found ? this.landmarks.map((number) => {
      const { x, y, visibility } = found[number];
      const confidence = visibility < LEAST ? 0 : visibility;
      return [x * this.video.videoWidth, y * this.video.videoHeight, confidence];
    }) : null;
  }
}

async function loadDetector(onResults) {
  const script = document.createElement("script");
  script.src = `${FOLDER}pose.js`;
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error("The detector cannot be loaded."));
    document.head.append(script);
  });
  const detector = new globalThis.Pose({ locateFile: (file) => FOLDER + file });
  detector.setOptions({ modelComplexity: 1, smoothLandmarks: false });
  detector.onResults(onResults);
  await detector.initialize();
  return detector;
}

/** Frames at the model's rate from detections that come when they can. */
export class Resampler {
  /** @param {number} fps */
  constructor(fps) {
    this.step = 1000 / fps;
    this.reset();
  }

  reset() {
    this.before = null;
    this.next = null;
  }

  /**
   * Returns the frames between the last detection and this one, interpolated.
   *
   * @param {number} time ms
   * @param {?number[][]} points x, y and confidence of each keypoint.
   */
  push(time, points) {
    if (this.next === null || time - this.next > 500) this.next = time;  // a long pause
    const frames = [];
    for (; this.next <= time; this.next += this.step) {
      frames.push(points && this.between(this.next, time, points));
    }
    this.before = { time, points };
    return frames;
  }

  between(at, time, points) {
    const before = this.before?.points;
    if (!before || time === this.before.time) return points;
    const share = Math.max(0, (at - this.before.time) / (time - this.before.time));
    return points.map(([x, y, confidence], k) => {
      const [x0, y0, seen] = before[k];
      if (!(seen > 0 && confidence > 0)) return [x, y, confidence];
      return [x0 + share * (x - x0), y0 + share * (y - y0), confidence];
    });
  }
}
