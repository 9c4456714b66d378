"""The field's evaluation protocols as data: who is tested, on what, averaged how."""

import dataclasses
import enum
from collections.abc import Mapping, Sequence

from stpose_tf import errors
from stpose_tf.data.records import record_index


class Average(enum.StrEnum):
    """How a protocol comes to its one number."""

    CELLS = "mean of the cells"  # each cell counts once, however long it is
    FRAMES = "mean over all frames"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One column of a protocol's table: frames that are pooled.

    Attributes:
        label: What the table calls it.
        actions: Actions of the records; empty is all.
        subjects: Subjects of the records; empty is all.
        averaged: Whether it has a part in the average.
    """

    label: str
    actions: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    averaged: bool = True

    def holds(self, action: str, subject: str) -> bool:
        """Returns whether frames of this action and subject belong to the cell."""
        return (not self.actions or action in self.actions) and (
            not self.subjects or subject in self.subjects
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How one table's numbers come about.

    Attributes:
        name: Its key.
        title: For a reader.
        datasets: What the records' `dataset` may be.
        metrics: Keys of `scores.summarize` that the table shows.
        train_subjects: Whom a model of this protocol is trained on; empty if it is
            not trained on the dataset at all.
        test_subjects: Whom it is tested on.
        actions: Actions that are used at all; empty is all.
        cells: Columns of the table; empty makes one of each action that is there.
        average: What the last column is.
        fps: Rate at which frames are scored.
        skeleton: Joints that the records and the model must have.
        joints: Joints that count; empty is all that are known, the root included.
        damaged: Clips whose truth is known to be off; used unless asked otherwise.
        detector_noise: Whether rendered heat maps get a detector's noise; not where
            the records hold what a real detector saw, or the field's own keypoints.
        definition: What a reader must know to compare the number.
    """

    name: str
    title: str
    datasets: tuple[str, ...]
    metrics: tuple[str, ...]
    train_subjects: tuple[str, ...] = ()
    test_subjects: tuple[str, ...]
    actions: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    average: Average = Average.CELLS
    fps: float
    skeleton: str = "h36m17"
    joints: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    detector_noise: bool = False
    definition: str

    def is_tested(self, clip: record_index.ClipEntry, *, skip_damaged: bool) -> bool:
        """Returns whether a clip is scored."""
        return (
            clip.subject in self.test_subjects
            and (not self.actions or clip.action in self.actions)
            and not (skip_damaged and clip.id in self.damaged)
        )

    def is_trained_on(self, clip: record_index.ClipEntry) -> bool:
        """Returns whether a clip may be trained on."""
        return clip.subject in self.train_subjects and (
            not self.actions or clip.action in self.actions
        )


# The order of the paper's tables, which is not the official one: action, column.
H36M_ACTIONS: Mapping[str, str] = {
    "Directions": "Direct",
    "Discussion": "Disc.",
    "Eating": "Eat",
    "Greeting": "Greet",
    "Phoning": "Phone",
    "Photo": "Photo",
    "Posing": "Pose",
    "Purchases": "Purch.",
    "Sitting": "Sit",
    "SittingDown": "SitD.",
    "Smoking": "Smoke",
    "Waiting": "Wait",
    "WalkDog": "WalkD.",
    "Walking": "Walk",
    "WalkTogether": "WalkT.",
}
_CMU_TRAINING = (
    *("01", "03", "05", "06", "07", "08", "10"),
    *("32", "35", "38", "43", "49", "55"),
)
_LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
_SHARED_WITH_SMPL = (
    "hip",
    *(f"{side}_{joint}" for side in ("right", "left") for joint in _LIMBS),
    "thorax",
    "head",
)


def _h36m(number: int, metric: str, definition: str) -> Protocol:
    return Protocol(
        name=f"h36m_p{number}",
        title=f"Human3.6M, Protocol #{number}",
        datasets=("h36m",),
        metrics=(metric,),
        train_subjects=("S1", "S5", "S6", "S7", "S8"),
        test_subjects=("S9", "S11"),
        cells=tuple(
            Cell(label=label, actions=(action,))
            for action, label in H36M_ACTIONS.items()
        ),
        fps=50.0,
        damaged=("S9/Greeting", "S9/SittingDown 1", "S9/Waiting 1"),
        definition=definition,
    )


def _humaneva() -> Protocol:
    people = ("S1", "S2", "S3")
    return Protocol(
        name="humaneva_p2",
        title="HumanEva-I, Protocol #2",
        datasets=("humaneva",),
        metrics=("p_mpjpe_mm",),
        train_subjects=tuple(f"Train/{person}" for person in people),
        test_subjects=tuple(f"Validate/{person}" for person in people),
        actions=("Walking", "Jog", "Box"),
        cells=tuple(
            Cell(
                label=f"{label} {person}",
                actions=(action,),
                subjects=(f"Validate/{person}",),
                averaged=action != "Box",
            )
            for action, label in (("Walking", "Walk"), ("Jog", "Jog"), ("Box", "Box"))
            for person in people
        ),
        fps=60.0,
        definition="P-MPJPE of each subject and action; the average is of the six "
        "cells of Walk and Jog, as the paper's 13.5 is; one model for Walk, Jog, Box",
    )


KNOWN: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        _h36m(1, "mpjpe_mm", "MPJPE, root-relative; mean of the 15 actions' means"),
        _h36m(2, "p_mpjpe_mm", "MPJPE after each frame's scale, rotation and shift"),
        _humaneva(),
        Protocol(
            name="mpi_inf_3dhp",
            title="MPI-INF-3DHP, 3D PCK and AUC",
            datasets=("mpi_inf_3dhp", "mpi_inf_3dhp_npz"),
            metrics=("pck_150", "auc", "mpjpe_mm"),
            test_subjects=tuple(f"TS{number}" for number in range(1, 7)),
            cells=(
                Cell(label="green screen", actions=("green_screen",)),
                Cell(label="no green screen", actions=("studio",)),
                Cell(label="outdoor", actions=("outdoor",)),
            ),
            average=Average.FRAMES,
            fps=25.0,
            definition="valid frames, standard body; PCK and AUC of the 14 joints that "
            "Human3.6M has too, errors strictly below 150 mm, AUC over 0, 5, ..., "
            "150 mm; MPJPE of all 17; nothing is trained on this dataset",
        ),
        Protocol(
            name="3dpw_joints14",
            title="3DPW, P-MPJPE of 14 joints of jointPositions",
            datasets=("3dpw",),
            metrics=("p_mpjpe_mm",),
            test_subjects=("test",),
            average=Average.FRAMES,
            fps=30.0,
            joints=tuple(joint for joint in _SHARED_WITH_SMPL if joint != "hip"),
            definition="12 limb joints, neck and skull base as the files give them: "
            "not the 14 joints of the literature, which need SMPL and its regressor; "
            "nothing is trained on this dataset",
        ),
        Protocol(
            name="cmu",
            title="CMU motion capture, this project's own",
            datasets=("cmu_asf_amc",),
            metrics=("mpjpe_mm", "p_mpjpe_mm"),
            train_subjects=_CMU_TRAINING,
            test_subjects=("02", "16", "39"),
            fps=30.0,
            detector_noise=True,
            definition="virtual cameras; validation subjects 02, 16 and 39; mean of "
            "the actions' means",
        ),
    )
}


def get(name: str) -> Protocol:
    """Returns the protocol of that name.

    Raises:
        InputError: If there is none.
    """
    if name not in KNOWN:
        raise errors.InputError(
            f"protocol: expected one of {', '.join(KNOWN)}. Received: {name}"
        )
    return KNOWN[name]


def expect_skeleton(protocol: Protocol, skeleton: str, *, whose: str) -> None:
    """Refuses joints that the protocol is not defined for.

    Args:
        protocol: The protocol.
        skeleton: Name of the joints' order.
        whose: What has them, for the message.

    Raises:
        InputError: If they are others than the protocol's.
    """
    if skeleton != protocol.skeleton:
        raise errors.InputError(
            f"Protocol {protocol.name}: expected {whose} of the skeleton "
            f"{protocol.skeleton}. Received: {skeleton}"
        )


def columns(protocol: Protocol, actions: Sequence[str]) -> tuple[Cell, ...]:
    """Returns the protocol's cells; where it names none, one of each action.

    Args:
        protocol: The protocol.
        actions: The actions that were measured.
    """
    return protocol.cells or tuple(
        Cell(label=action, actions=(action,)) for action in sorted(set(actions))
    )
