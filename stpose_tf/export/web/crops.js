// Where a person is in the image, and where that is in their heat maps.

const SMALLEST = 16;  // px

/** A square around the keypoints seen, smoothed over the last frames. */
export class CropTracker {
  /** @param {{margin: number, smoothing: number}} rule */
  constructor({ margin, smoothing }) {
    this.margin = margin;
    this.smoothing = smoothing;
    this.boxes = [];
  }

  /**
   * Returns center and side of the frame's crop in px; null before anyone was seen.
   *
   * @param {number[][]} points x, y in px and confidence of each keypoint.
   */
  push(points) {
    const seen = points.filter(([, , confidence]) => confidence > 0);
    if (seen.length) {
      const [x0, x1] = range(seen.map(([x]) => x));
      const [y0, y1] = range(seen.map(([, y]) => y));
      const side = Math.max(this.margin * Math.max(x1 - x0, y1 - y0), SMALLEST);
      this.boxes.push([(x0 + x1) / 2, (y0 + y1) / 2, side]);
      this.boxes = this.boxes.slice(-this.smoothing);
    }
    if (!this.boxes.length) return null;
    const [x, y, side] = [0, 1, 2].map((part) =>
      this.boxes.reduce((sum, box) => sum + box[part], 0) / this.boxes.length);
    return { x, y, side };
  }
}

/** Returns x, y in heat-map px and confidence of each point, one after the other. */
export function intoCrop(points, crop, { height, width }) {
  return points.flatMap(([x, y, confidence]) => [
    ((x - crop.x) / crop.side + 0.5) * width - 0.5,
    ((y - crop.y) / crop.side + 0.5) * height - 0.5,
    confidence,
  ]);
}

function range(values) {
  return [Math.min(...values), Math.max(...values)];
}
