"""Clips of MPI-INF-3DHP where only the joints are given, not the cameras.

Lenses follow from the 2D and 3D joints, the cameras' places from one another's 3D
joints. The world's up is what makes the cameras level, its floor is under the feet.
"""

from collections.abc import Sequence

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.sources.mpi import mpi_annotations
from stpose_tf.data.sources.mpi.mpi_annotations import Annotations
from stpose_tf.data.sources.recorded import recorded_clip, recovered_cameras

LARGE, WIDE = (2048, 2048), (1920, 1080)
# Scenes and image sizes of the test set; results are reported by scene.
SCENES = {
    "TS1": ("green_screen", LARGE),
    "TS2": ("green_screen", LARGE),
    "TS3": ("studio", LARGE),
    "TS4": ("studio", LARGE),
    "TS5": ("outdoor", WIDE),
    "TS6": ("outdoor", WIDE),
}
_LARGEST_GAP = 30.0  # mm between two cameras' annotations of one joint
_LARGEST_MISS = 20.0  # px
_FARTHEST = 1e5  # px; 2D joints of frames that are not valid may be anywhere


def build(
    *,
    clip_id: str,
    dataset: str,
    subject: str,
    action: str,
    fps: float,
    seen: Sequence[tuple[str, Annotations]],
    image_size: tuple[int, int],
    input_skeleton: str,
) -> Clip:
    """Returns a clip of annotations by camera.

    Args:
        clip_id: Unique in its source.
        dataset: Name of the source.
        subject: Who moves.
        action: What the subject does.
        fps: Frames a second.
        seen: The cameras' names, and what they saw at the same instants.
        image_size: Width and height in px, of all cameras.
        input_skeleton: Of the keypoints.

    Raises:
        InputError: If no pinhole explains a camera's 2D and 3D joints, or two
            cameras' joints are no rigid move of each other.
    """
    first = seen[0][1]
    valid = first.valid
    standard, scale = first.scaled()
    lenses = [_lens(clip_id, name, camera) for name, camera in seen]
    moves = [_move(clip_id, name, first, camera) for name, camera in seen]
    world = recovered_cameras.upright([move.rotation for move in moves])
    known = np.repeat(valid[:, np.newaxis], standard.shape[1], axis=1)
    truth = recorded_clip.Truth(
        skeleton=mpi_annotations.SKELETON, joints=standard @ world, known=known
    )
    lift = np.array([0.0, 0.0, recorded_clip.lift_to_floor(truth)])
    sights = []
    for (name, camera), lens, move in zip(seen, lenses, moves, strict=True):
        rotation = move.rotation @ world
        present = (np.abs(camera.pixels) < _FARTHEST).all(axis=-1)
        present &= (camera.pixels != 0.0).any(axis=-1)
        sights.append(
            recorded_clip.Sight(
                name=name,
                keypoints=camera.pixels,
                confidence=present.astype(np.float32),
                labelled=known & present,
                image_size=image_size,
                camera=recovered_cameras.pinhole(
                    lens.focal,
                    lens.center,
                    rotation=rotation,
                    translation=scale * move.translation - rotation @ lift,
                ),
            )
        )
    return recorded_clip.build(
        clip_id=clip_id,
        dataset=dataset,
        subject=subject,
        action=action,
        fps=fps,
        seen_skeleton=mpi_annotations.SKELETON,
        sights=sights,
        input_skeleton=input_skeleton,
        truth=recorded_clip.Truth(
            skeleton=mpi_annotations.SKELETON, joints=truth.joints + lift, known=known
        ),
    )


def _lens(clip_id: str, name: str, camera: Annotations) -> recovered_cameras.Lens:
    valid = camera.valid
    try:
        lens = recovered_cameras.fit_lens(
            camera.pixels[valid].reshape(-1, 2), camera.points[valid].reshape(-1, 3)
        )
    except errors.InputError as error:
        raise errors.InputError(f"{clip_id}, {name}: {error}") from error
    if lens.error > _LARGEST_MISS:
        raise errors.InputError(
            f"{clip_id}, {name}: expected 3D joints that project on the 2D ones. "
            f"Received: at best {lens.error:.0f} px between them"
        )
    return lens


def _move(
    clip_id: str, name: str, first: Annotations, camera: Annotations
) -> recovered_cameras.Move:
    """Returns the move from the first camera's frame to another's."""
    if camera is first:
        return recovered_cameras.Move(np.eye(3), np.zeros(3), 0.0)
    both = first.valid & camera.valid
    move = recovered_cameras.fit_move(
        first.points[both].reshape(-1, 3), camera.points[both].reshape(-1, 3)
    )
    if move.error > _LARGEST_GAP:
        raise errors.InputError(
            f"{clip_id}, {name}: expected the joints of the first camera from another "
            f"place. Received: joints {move.error:.0f} mm apart at best"
        )
    return move
