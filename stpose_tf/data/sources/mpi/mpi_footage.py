"""MPI-INF-3DHP's videos and folders of images, and what their 2D is called."""

from collections.abc import Iterable

from stpose_tf.data.footage import Footage


def train(
    clip_id: str, cameras: Iterable[int | str], *, step: int
) -> tuple[Footage, ...]:
    """Returns the cameras' videos, of which not all frames at the end are in use.

    Args:
        clip_id: Such as `S1_Seq2`.
        cameras: Their numbers.
        step: Every which frame to keep.
    """
    folder = f"{clip_id.replace('_', '/')}/imageSequence"
    return tuple(
        Footage(
            videos=(f"{folder}/video_{camera}", f"{folder}/img_{camera}"),
            detections=(f"{clip_id}.video_{camera}",),
            step=step,
            rest="some",
        )
        for camera in cameras
    )


def held_out(clip_id: str, *, step: int) -> tuple[Footage, ...]:
    """Returns a test sequence's images, the first of which is `img_000001.jpg`.

    Args:
        clip_id: Such as `TS1`.
        step: Every which image to keep.
    """
    inside = (f"{clip_id}/imageSequence", clip_id)
    return (
        Footage(
            videos=(*(f"mpi_inf_3dhp_test_set/{name}" for name in inside), *inside),
            detections=(clip_id,),
            step=step,
            first_image=1,
        ),
    )
