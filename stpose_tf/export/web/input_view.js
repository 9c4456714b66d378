// What the model is given: the heat maps, or the camera's image with the keypoints.

export class InputView {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number[][]} lines Pairs of keypoints to join.
   */
  constructor(canvas, lines) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.lines = lines;
  }

  /** Shows heat maps, [height, width, keypoints], the highest of each pixel. */
  showMaps(maps, keypoints, { height, width }) {
    const count = maps.length / (height * width);
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < height * width; pixel++) {
      const high = Math.max(...maps.subarray(pixel * count, (pixel + 1) * count));
      image.data.set([40 + 215 * high, 20 + 130 * high, 60 - 30 * high, 255], 4 * pixel);
    }
    this.canvas.width = width;
    this.canvas.height = height;
    this.pen.putImageData(image, 0, 0);
    this.drawLines(keypoints.length / 3, (k) => keypoints.slice(3 * k, 3 * k + 3), 0.4);
  }

  /** Shows a video's image, the keypoints in its px, and the crop around them. */
  showVideo(video, points, crop) {
    this.canvas.width = video.videoWidth;
    this.canvas.height = video.videoHeight;
    this.pen.drawImage(video, 0, 0);
    if (!points) return;
    this.drawLines(points.length, (k) => points[k], video.videoHeight / 200);
    this.pen.strokeRect(crop.x - crop.side / 2, crop.y - crop.side / 2, crop.side, crop.side);
  }

  drawLines(count, place, width) {
    const { pen } = this;
    pen.strokeStyle = "rgba(120, 220, 255, .8)";
    pen.lineWidth = width;
    for (const [a, b] of this.lines) {
      const [[x0, y0, first], [x1, y1, second]] = [place(a), place(b)];
      if (!(first > 0 && second > 0)) continue;
      pen.beginPath();
      pen.moveTo(x0 + 0.5, y0 + 0.5);
      pen.lineTo(x1 + 0.5, y1 + 0.5);
      pen.stroke();
    }
  }
}
