import hashlib
import zipfile

import pytest

from stpose_tf import errors
from stpose_tf.networks2d import model_catalog, model_files

NETWORK = b"\x1c\x00\x00\x00TFL3" + bytes(100)
COPIES = (
    model_catalog.Copy(file="small.tflite", sha256=hashlib.sha256(NETWORK).hexdigest()),
)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(model_files.FOLDER_VARIABLE, raising=False)
    folder = model_files.cache_folder()
    folder.mkdir(parents=True)
    assert tmp_path in folder.parents
    return folder


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(model_catalog, "copies", lambda name: COPIES)


def test_a_given_file_comes_first_whatever_its_sum(cache, known, tmp_path):
    other = NETWORK + b"other"
    (tmp_path / "mine.tflite").write_bytes(other)
    (cache / "small.tflite").write_bytes(NETWORK)
    assert model_files.load("small", tmp_path / "mine.tflite") == other


def test_the_variables_folder_comes_before_the_cache(
    cache, known, tmp_path, monkeypatch
):
    (cache / "small.tflite").write_bytes(NETWORK)
    assert model_files.find("small")[0] == cache / "small.tflite"
    named = tmp_path / "named"
    named.mkdir()
    monkeypatch.setenv(model_files.FOLDER_VARIABLE, str(named))
    assert model_files.find("small")[0] == cache / "small.tflite"
    (named / "small.tflite").write_bytes(NETWORK)
    assert model_files.find("small")[0] == named / "small.tflite"
    assert model_files.load("small") == NETWORK


def test_a_known_file_must_have_its_sum(cache, known):
    (cache / "small.tflite").write_bytes(NETWORK + b"!")
    with pytest.raises(errors.InputError, match=r"expected the SHA-256 \w{64}\."):
        model_files.load("small")


def test_the_download_lands_in_the_cache_only_if_its_sum_is_right(
    cache, tmp_path, monkeypatch
):
    (tmp_path / "there.tflite").write_bytes(NETWORK)
    copy = model_catalog.Copy(
        file="small.tflite",
        sha256=COPIES[0].sha256,
        url=(tmp_path / "there.tflite").as_uri(),
    )
    monkeypatch.setattr(model_catalog, "copies", lambda name: (copy,))
    assert model_files.load("small") == NETWORK
    assert (cache / "small.tflite").read_bytes() == NETWORK
    (cache / "small.tflite").unlink()
    (tmp_path / "there.tflite").write_bytes(NETWORK + b"!")
    with pytest.raises(errors.InputError, match="SHA-256"):
        model_files.load("small")
    assert list(cache.iterdir()) == []


def test_no_network_says_what_to_do(cache, tmp_path, monkeypatch):
    copy = model_catalog.Copy(
        file="a.tflite", sha256="0", url=(tmp_path / "gone").as_uri()
    )
    monkeypatch.setattr(model_catalog, "copies", lambda name: (copy,))
    with pytest.raises(errors.InputError, match=r"tools/fetch_models\.py can also"):
        model_files.load("small")


def test_networks_are_taken_out_of_bundles(cache, tmp_path):
    path = tmp_path / "mine.task"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("pose_detector.tflite", NETWORK + b"detector")
        bundle.writestr("pose_landmarks_detector.tflite", NETWORK + b"landmarks")
    assert model_files.load("blazepose_detector", path) == NETWORK + b"detector"
    assert model_files.load("blazepose_heavy", path) == NETWORK + b"landmarks"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "expected a file of the network"), (b"text", "expected a LiteRT network")],
)
def test_given_files_that_are_none_are_refused(cache, tmp_path, content, said):
    if content is not None:
        (tmp_path / "mine.tflite").write_bytes(content)
    with pytest.raises(errors.InputError, match=said):
        model_files.load("blazepose_lite", tmp_path / "mine.tflite")


def test_every_network_has_an_official_download_and_a_package():
    for name in model_catalog.NAMES:
        copies = model_catalog.copies(name)
        assert any(copy.url and copy.url.startswith("https://") for copy in copies)
        assert any(copy.client == "npm" for copy in copies)
        assert all(len(copy.sha256) == 64 for copy in copies)
    with pytest.raises(errors.InputError, match="network: expected one of"):
        model_catalog.copies("blazepose_huge")
