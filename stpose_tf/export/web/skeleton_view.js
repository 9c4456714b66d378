// The 3D skeleton on a canvas: drag to turn.

const COLORS = { L: "#38b6ff", R: "#ff8a4c", C: "#cfd6e6" };
const DISTANCE = 4200, REACH = 1400;  // mm

export class SkeletonView {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{bones: number[][], sides: string}} skeleton
   */
  constructor(canvas, skeleton) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.skeleton = skeleton;
    this.yaw = 0.5;
    this.pitch = 0.15;
    this.floor = 900;  // mm below the root
    this.pose = null;
    canvas.addEventListener("pointerdown", (e) => canvas.setPointerCapture(e.pointerId));
    canvas.addEventListener("pointermove", (e) => {
      if (!e.buttons) return;
      this.yaw -= 0.01 * e.movementX;
      this.pitch = Math.max(-1.2, Math.min(1.5, this.pitch + 0.01 * e.movementY));
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** Shows a pose: mm in the crop frame, [joints, 3]; null shows nobody. */
  show(pose) {
    this.pose = pose && Array.from({ length: pose.length / 3 },
      (_, j) => [pose[3 * j], pose[3 * j + 1], pose[3 * j + 2]]);
    if (this.pose) {
      const lowest = Math.max(...this.pose.map(([, y]) => y));
      this.floor += 0.05 * (lowest - this.floor);  // smoothed: one frame moves it little
    }
    this.draw();
  }

  draw() {
    const { canvas, pen } = this;
    canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
    canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    pen.lineCap = "round";
    this.drawFloor();
    if (!this.pose) return;
    const at = this.pose.map((point) => this.project(point));
    const bones = this.skeleton.bones.map(([a, b]) => ({ a, b, depth: at[a][2] + at[b][2] }));
    for (const { a, b } of bones.sort((one, other) => other.depth - one.depth)) {
      pen.strokeStyle = COLORS[this.skeleton.sides[b]];
      this.line(at[a], at[b], 30);
    }
  }

  drawFloor() {
    this.pen.strokeStyle = "rgba(150, 170, 215, .25)";
    for (let k = -1000; k <= 1000; k += 250) {
      const [a, b, c, d] = [[k, -1000], [k, 1000], [-1000, k], [1000, k]]
        .map(([x, z]) => this.project([x, this.floor, z]));
      this.line(a, b, 3);
      this.line(c, d, 3);
    }
  }

  line([x0, y0, near], [x1, y1], width) {
    const { pen } = this;
    pen.lineWidth = width * this.scale(near);
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  }

  /** Returns x, y on the canvas and the distance in mm. */
  project([x, y, z]) {
    const [cy, sy] = [Math.cos(this.yaw), Math.sin(this.yaw)];
    const [cp, sp] = [Math.cos(this.pitch), Math.sin(this.pitch)];
    const [right, away] = [cy * x - sy * z, sy * x + cy * z];
    const depth = DISTANCE + sp * y + cp * away;
    const scale = this.scale(depth);
    return [
      this.canvas.width / 2 + scale * right,
      this.canvas.height / 2 + scale * (cp * y - sp * away),
      depth,
    ];
  }

  scale(depth) {
    const size = Math.min(this.canvas.width, this.canvas.height);
    return size / (2 * REACH) * DISTANCE / depth;
  }
}
