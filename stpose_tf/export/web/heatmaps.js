// Heat maps of keypoints, as the model was trained on.

/**
 * Returns one Gaussian for each keypoint, as high as its confidence.
 *
 * @param {ArrayLike<number>} keypoints x, y in heat-map px and confidence, one after
 *     the other; a confidence of 0 gives an empty map.
 * @param {{height: number, width: number, sigma: number}} shape
 * @returns {Float32Array} [height, width, keypoints]
 */
export function render(keypoints, { height, width, sigma }) {
  const count = keypoints.length / 3;
  const maps = new Float32Array(height * width * count);
  for (let k = 0; k < count; k++) {
    const [x, y, confidence] = [0, 1, 2].map((part) => keypoints[3 * k + part]);
    if (!(confidence > 0)) continue;
    const alongX = gaussian(width, x, sigma), alongY = gaussian(height, y, sigma);
    for (let row = 0; row < height; row++) {
      const high = confidence * alongY[row];
      for (let column = 0; column < width; column++) {
        maps[(row * width + column) * count + k] = high * alongX[column];
      }
    }
  }
  return maps;
}

function gaussian(size, center, sigma) {
  return Float64Array.from({ length: size }, (_, at) =>
    Math.exp(-0.5 * ((at - center) / sigma) ** 2));
}
