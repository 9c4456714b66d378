// The exported step of a stream, run by ONNX Runtime.

import * as ort from "./onnxruntime/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("./onnxruntime/", import.meta.url).href;
ort.env.wasm.numThreads = 1;  // more would need headers that static hosts do not send

/** Poses frame by frame, the same as the model gives on the whole clip. */
export class StreamingPredictor {
  /**
   * @param {object} facts What page.json says of the model.
   * @param {ort.InferenceSession} session
   */
  constructor(facts, session) {
    this.facts = facts;
    this.session = session;
    this.reset();
  }

  /** Returns a predictor of the page's own model. */
  static async load(facts) {
    const model = new URL("./stream_step.onnx", import.meta.url).href;
    return new StreamingPredictor(facts, await ort.InferenceSession.create(model));
  }

  /** Forgets the past: the next frame is the first of a clip. */
  reset() {
    this.state = {};
    for (const [name, shape] of Object.entries(this.facts.inputs)) {
      if (name.startsWith("state_")) this.state[name] = zeros(shape);
    }
  }

  /**
   * Takes a frame; returns the pose of the frame `facts.lookahead` frames ago.
   *
   * @param {?Float32Array} maps [height, width, keypoints]; null outside of a clip.
   * @returns {Promise<?Float32Array>} mm, [joints, 3]; null if that frame was outside.
   */
  async push(maps) {
    const shape = this.facts.inputs.heatmaps;
    const outputs = await this.session.run({
      heatmaps: maps ? new ort.Tensor("float32", maps, shape) : zeros(shape),
      present: new ort.Tensor("float32", [maps ? 1 : 0], [1]),
      ...this.state,
    });
    for (const name of Object.keys(this.state)) {
      this.state[name] = outputs[name.replace("state_", "next_")];
    }
    return outputs.ready.data[0] > 0 ? outputs.pose.data : null;
  }
}

function zeros(shape) {
  const count = shape.reduce((product, size) => product * size, 1);
  return new ort.Tensor("float32", new Float32Array(count), shape);
}
