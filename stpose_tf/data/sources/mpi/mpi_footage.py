"""Where MPI-INF-3DHP's videos lie, such as `S1/Seq1/imageSequence/video_0.avi`."""

from stpose_tf.data.footage import Footage


def train(
    subject: str, sequence: str, *, cameras: tuple[int, ...], step: int
) -> tuple[Footage, ...]:
    """Returns the videos of a training sequence.

    Args:
        subject: Such as `S1`.
        sequence: Such as `Seq1`.
        cameras: Numbers of the views.
        step: Every which frame to keep.
    """
    folder = f"{subject}/{sequence}/imageSequence"
    return tuple(
        Footage(names=(f"{folder}/video_{one}", f"{folder}/img_{one}"), step=step)
        for one in cameras
    )


def held_out(clip_id: str, *, step: int) -> tuple[Footage, ...]:
    """Returns the images of a sequence of the test set, such as `TS1`."""
    inside = (f"{clip_id}/imageSequence", clip_id)
    names = (*(f"mpi_inf_3dhp_test_set/{name}" for name in inside), *inside)
    return (Footage(names=names, step=step),)
