"""Settings of the records, the virtual cameras and the augmentations."""

import dataclasses


@dataclasses.dataclass(slots=True, kw_only=True)
class DataConfig:
    """Where windows come from.

    Attributes:
        records: Folders written by `build_records`; all are mixed.
        ratios: Share of each folder's windows in a batch; empty is as inside a
            folder, by frames or as `balance` says.
        balance: How clips share the windows: 0 by their frames, 1 all alike, between
            by their frames to the power of 1 - balance.
        overhang: Largest share of a window that may lie outside a clip that is too
            short for it; 0 leaves such a clip out at that temporal stride.
        validation_subjects: Held out of training.
        exclude_clips: Clip ids never used.
        length: Frames in a training window (T).
        temporal_strides: Frame steps that a training window may be drawn at.
        batch_size: Pairs of windows in a global batch.
        virtual_views: Re-shoot motion with new virtual cameras for each window;
            otherwise the recorded views are used.
        heatmap_sigma: Standard deviation of a rendered Gaussian, in heat-map px.
        verify: Read every record once before use.
        strict: Refuse damaged records instead of leaving them out.
    """

    records: tuple[str, ...] = ()
    ratios: tuple[float, ...] = ()
    balance: float = 0.0
    overhang: float = 0.5
    validation_subjects: tuple[str, ...] = ()
    exclude_clips: tuple[str, ...] = ()
    length: int = 64
    temporal_strides: tuple[int, ...] = (1, 2, 3, 4)
    batch_size: int = 8
    virtual_views: bool = True
    heatmap_sigma: float = 1.8
    verify: bool = True
    strict: bool = False


@dataclasses.dataclass(slots=True, kw_only=True)
class ViewConfig:
    """Virtual cameras; angles in degrees, lengths in mm.

    Attributes:
        yaw: Largest rotation about the vertical axis, both ways.
        pitch: Lowest and highest elevation of the camera (positive looks down).
        roll: Standard deviation of the camera's roll.
        distance: Nearest and farthest camera.
        field_of_view: Narrowest and widest vertical field of view.
        off_center: Largest distance of the subject from the optical axis.
        limb_scale: Standard deviation of each limb pair's log length.
        body_scale: Standard deviation of the whole body's log size.
        exchange: Share of the windows whose upper body does what it does in another
            window, on the legs of this one.
        rotate_skeleton: Also rotate the skeleton about x, y, z before projecting
            (the paper's Base augmentation: y by up to pi, x and z by 0.2 pi).
    """

    yaw: float = 180.0
    pitch: tuple[float, ...] = (-10.0, 35.0)
    roll: float = 3.0
    distance: tuple[float, ...] = (2500.0, 7000.0)
    field_of_view: tuple[float, ...] = (35.0, 65.0)
    off_center: float = 12.0
    limb_scale: float = 0.05
    body_scale: float = 0.05
    exchange: float = 0.0
    rotate_skeleton: bool = False


@dataclasses.dataclass(slots=True, kw_only=True)
class DetectorConfig:
    """What a 2D network does to an ideal heat map; lengths in px of 256.

    Measured on a real detector: heights 0.68 to 0.93 by joint, blobs of 1.4 to 2
    heat-map px, long tails, errors of 1 to 6 px and up to 30 on hidden limbs, all
    correlated in time.

    Attributes:
        enabled: Whether rendered maps get this noise.
        jitter: Standard deviation of the location error.
        correlation: Correlation of that error from one frame to the next.
        outlier_rate: Share of frames in which a joint is far off.
        outlier: Standard deviation of the location error there.
        height: Lowest and highest peak.
        sigma: Narrowest and widest blob, in heat-map px.
        tail: Largest height of a joint's wide tail.
        second_peak_rate: Share of frames in which a joint has a false second peak.
    """

    enabled: bool = True
    jitter: float = 3.0
    correlation: float = 0.8
    outlier_rate: float = 0.02
    outlier: float = 15.0
    height: tuple[float, ...] = (0.65, 0.95)
    sigma: tuple[float, ...] = (1.4, 2.0)
    tail: float = 0.06
    second_peak_rate: float = 0.03


@dataclasses.dataclass(slots=True, kw_only=True)
class AugmentConfig:
    """Rates of the paper's augmentations; each is the probability for a window.

    Attributes:
        frames: Frame-wise occlusion of single frames.
        frame_rate: Share of frames it hides.
        run: Frame-wise occlusion of one contiguous run.
        run_length: Longest run, in frames.
        run_at_end: Share of the runs that end with the window (forecasting).
        points: Point-wise occlusion of single joints in single frames.
        point_rate: Share of keypoints it hides.
        limb: Point-wise occlusion of a whole limb over a run of frames.
        joint: Point-wise occlusion of joints for the whole window.
        joint_rate: Share of joints it hides.
        area: Area occlusion by a rectangle that stands or moves.
        area_size: Smallest and largest side as a share of the crop.
        noise: Additive noise, amplitude and blur of the heat maps.
        additive: Largest height of an additive blob.
        amplitude: Largest relative change of a map's height.
        blur: Largest standard deviation of the blur, in heat-map px.
        second_peak: False second peaks.
        second_peak_rate: Share of keypoints that get one.
        shift: Keypoint shifts.
        shift_rate: Share of keypoints that are shifted.
        shift_size: Standard deviation in px of 256 (the paper: 10).
        swap: Symmetric left-right swaps.
        swap_rate: Share of frames in which a pair is swapped.
        mirror: Mirroring of input, target and views.
        crop_jitter: Changes of the crop's place and size.
        crop_shift: Largest shift as a share of the crop.
        crop_scale: Largest relative change of its size.
        roll: Rotation of the image about the crop's centre.
        roll_angle: Largest angle, in degrees.
    """

    frames: float = 0.15
    frame_rate: float = 0.2
    run: float = 0.25
    run_length: int = 16
    run_at_end: float = 0.25
    points: float = 0.25
    point_rate: float = 0.25
    limb: float = 0.15
    joint: float = 0.15
    joint_rate: float = 0.1
    area: float = 0.15
    area_size: tuple[float, ...] = (0.15, 0.5)
    noise: float = 0.3
    additive: float = 0.05
    amplitude: float = 0.3
    blur: float = 1.0
    second_peak: float = 0.15
    second_peak_rate: float = 0.05
    shift: float = 0.3
    shift_rate: float = 0.1
    shift_size: float = 10.0
    swap: float = 0.15
    swap_rate: float = 0.1
    mirror: float = 0.5
    crop_jitter: float = 0.5
    crop_shift: float = 0.06
    crop_scale: float = 0.12
    roll: float = 0.3
    roll_angle: float = 15.0
