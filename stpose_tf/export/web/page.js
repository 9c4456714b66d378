// A recording or a camera, the model, and what it says of them.

import { Camera, Resampler } from "./camera.js";
import { compare } from "./comparison.js";
import { CropTracker, intoCrop } from "./crops.js";
import { render } from "./heatmaps.js";
import { InputView } from "./input_view.js";
import { StreamingPredictor } from "./predictor.js";
import { SkeletonView } from "./skeleton_view.js";

const $ = (id) => document.getElementById(id);
const read = async (file) => (await fetch(file)).json();
const facts = await read("./page.json"), recordings = await read("./recordings.json");
const predictor = await StreamingPredictor.load(facts);
const skeleton = new SkeletonView($("skeleton"), facts);
const input = new InputView($("input"), facts.lines);
const shape = facts.heatmapShape;
const latency = `a pose lags ${facts.lookahead} frames, ` +
  `${Math.round(1000 * facts.lookahead / facts.fps)} ms`;
let turn = Promise.resolve();  // one source at a time has the model
let chosen = 0;

/** Ends what runs and runs `source(goesOn)` after it. */
function start(source) {
  const mine = ++chosen;
  turn = turn.then(async () => {
    if (mine !== chosen) return;
    predictor.reset();
    skeleton.show(null);
    await source(() => mine === chosen);
  }).catch((error) => say(error.message));
  return turn;
}

async function push(maps, times) {
  const begin = performance.now();
  const pose = await predictor.push(maps);
  times.push(performance.now() - begin);
  if (times.length > 100) times.shift();
  if (pose) skeleton.show(pose);
  const median = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
  say(`${median.toFixed(1)} ms a frame in this browser; ${latency}`);
}

async function play(recording, goesOn) {
  const times = [], begin = performance.now();
  for (let frame = 0; goesOn(); frame++) {
    if (frame % recording.keypoints.length === 0) predictor.reset();
    const keypoints = recording.keypoints[frame % recording.keypoints.length];
    const maps = render(keypoints, shape);
    input.showMaps(maps, keypoints, shape);
    await push(maps, times);
    await until(begin + 1000 * (frame + 1) / facts.fps);
  }
}

async function film(goesOn) {
  const camera = new Camera(facts.blazepose);
  say("Loading the detector");
  await camera.open();
  const crops = new CropTracker(facts), frames = new Resampler(facts.fps), times = [];
  const nothing = new Float32Array(shape.height * shape.width * facts.keypoints.length);
  let unseen = Infinity;  // frames since the person was last seen
  try {
    while (goesOn()) {
      const points = await camera.detect();
      for (const each of frames.push(performance.now(), points)) {
        const crop = each && crops.push(each);
        unseen = crop ? 0 : unseen + 1;
        const maps = crop && render(intoCrop(each, crop, shape), shape);
        // The model bridges a second without detections; then the person has left.
        await push(maps ?? (unseen <= facts.fps ? nothing : null), times);
        input.showVideo(camera.video, crop && each, crop);
      }
      await until(0);
    }
  } finally {
    camera.close();
  }
}

/** Waits for a time, and for the browser to draw. */
async function until(time) {
  const rest = time - performance.now();
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  else await new Promise((resolve) => requestAnimationFrame(resolve));
}

function say(text) {
  $("status").textContent = text;
}

/** Compares a recording with what Keras said of it. */
async function verify(number) {
  let result;
  await start(async () => { result = await compare(predictor, recordings[number]); });
  if (!result) throw new Error($("status").textContent);
  return result;
}

recordings.forEach(({ name }, number) => $("recording").add(new Option(name, number)));
$("recording").onchange = () =>
  start((goesOn) => play(recordings[$("recording").value], goesOn));
$("camera").hidden = !facts.blazepose;
$("camera").onclick = () => start(film);
$("compare").onclick = async () => {
  const made = await verify($("recording").value);
  say(`${made.frames} frames, ${made.framesPerSecond.toFixed(0)} a second; at most ` +
    `${made.largest.toFixed(4)} mm from what Keras says`);
};
globalThis.stpose = { verify, film: () => start(film), recordings, facts };
$("recording").onchange();
