import numpy as np
import pytest

from stpose_tf.export import inference_graph, parity, signatures


def _good(cases):
    return parity.Parity(limits=parity.FLOAT32, cases=tuple(cases)).good


def _run(signature, spoil=lambda inputs, outputs: outputs):
    def run(inputs):
        outputs = signature.call(inputs)
        return spoil(inputs, {name: np.array(value) for name, value in outputs.items()})

    return run


@pytest.mark.slow
def test_the_model_itself_is_good_in_every_way_of_asking(job, reference):
    for cases in (
        reference.clips(_run(signatures.clips(job.generator))),
        reference.keypoints(
            _run(signatures.keypoints(job.generator, job.preprocessor))
        ),
        reference.stream(_run(signatures.stream(job.generator))),
    ):
        cases = list(cases)
        assert _good(cases)
        assert {case.condition for case in cases} == {"clean", "points30"}
        assert len({case.batch for case in cases}) == 2
        assert len({case.time for case in cases}) == 2
        assert len(cases) == 8
        assert all(case.mpjpe > 0 for case in cases)


@pytest.mark.parametrize("where", [(2, None), (None, 27)], ids=["batch", "length"])
def test_an_error_at_one_batch_size_or_length_is_found(job, reference, where):
    def spoil(inputs, outputs):
        shape = inputs["heatmaps"].shape[:2]
        if all(want in (None, have) for want, have in zip(where, shape, strict=True)):
            outputs["pose"][..., 5, 0] += 0.1
        return outputs

    assert not _good(reference.clips(_run(signatures.clips(job.generator), spoil)))


@pytest.mark.slow
def test_a_stream_that_forgets_is_found(job, reference):
    def forget(inputs, outputs):
        return {
            name: np.zeros_like(value) if name == "next_memory" else value
            for name, value in outputs.items()
        }

    assert not _good(reference.stream(_run(signatures.stream(job.generator), forget)))


def test_keypoints_that_are_taken_for_other_joints_are_found(job, reference):
    signature = signatures.keypoints(job.generator, job.preprocessor)

    def run(inputs):
        return _run(signature)({**inputs, "keypoints": inputs["keypoints"][:, :, ::-1]})

    assert not _good(reference.keypoints(run))


def test_the_graph_is_compared_with_the_model_not_with_itself(
    job, reference, monkeypatch
):
    def predict(generator, heatmaps):
        outputs = generator(heatmaps, training=False)
        return {**outputs, "pose": outputs["pose"] * 1.001}

    monkeypatch.setattr(inference_graph, "predict", predict)
    assert not _good(reference.clips(_run(signatures.clips(job.generator))))
