// What the page says beside what Keras said of the same recording.

import { render } from "./heatmaps.js";

/**
 * Returns how far the poses are apart, in mm, and how fast they came.
 *
 * @param {import("./predictor.js").StreamingPredictor} predictor
 * @param {{keypoints: number[][], poses: number[][]}} recording
 */
export async function compare(predictor, recording) {
  const { heatmapShape, lookahead } = predictor.facts;
  const frames = [...recording.keypoints, ...new Array(lookahead).fill(null)];
  const milliseconds = [], distances = [];
  let answered = 0;
  predictor.reset();
  for (const keypoints of frames) {
    const start = performance.now();
    const pose = await predictor.push(keypoints && render(keypoints, heatmapShape));
    milliseconds.push(performance.now() - start);
    if (pose) distances.push(...apart(pose, recording.poses[answered++]));
  }
  predictor.reset();
  milliseconds.sort((a, b) => a - b);
  const total = milliseconds.reduce((sum, value) => sum + value, 0);
  return {
    frames: answered,
    // Written so that a distance that is no number is the largest.
    largest: distances.reduce((most, one) => (one <= most ? most : one), 0),
    mean: distances.reduce((sum, one) => sum + one, 0) / distances.length,
    framesPerSecond: 1000 * frames.length / total,
    medianMs: milliseconds[Math.floor(0.5 * milliseconds.length)],
    p99Ms: milliseconds[Math.floor(0.99 * milliseconds.length)],
  };
}

function apart(pose, expected) {
  return Array.from({ length: pose.length / 3 }, (_, joint) =>
    Math.hypot(...[0, 1, 2].map((d) => pose[3 * joint + d] - expected[3 * joint + d])));
}
