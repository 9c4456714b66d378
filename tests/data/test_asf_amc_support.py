"""The support that writes ASF/AMC files, held to numbers worked out by hand."""

import numpy as np
from numpy.testing import assert_allclose

MM = 25.4 / 0.45


def still(names_and_channels):
    return {name: np.zeros((1, count)) for name, count in names_and_channels.items()}


def channels(asf):
    counts, name = {"root": 6}, None
    for line in asf.read_text().splitlines():
        words = line.split()
        if words[:1] == ["name"]:
            name = words[1]
            counts[name] = 0
        elif words[:1] == ["dof"]:
            counts[name] = len(words) - 1
    return counts


def test_a_body_at_rest_is_a_sum_of_its_bones(asf_amc_writer, tmp_path):
    angles = still(channels(asf_amc_writer(tmp_path).asf))
    angles["root"][0, :3] = 1.0, 17.0, -2.0
    positions = asf_amc_writer(tmp_path, angles=angles).positions
    hipjoint = np.array([0.62, -0.74, 0.21])
    femur = np.array([0.317, -0.948, 0.011])
    expected = np.array([1.0, 17.0, -2.0])
    expected = expected + 2.41 * hipjoint / np.linalg.norm(hipjoint)
    assert_allclose(positions["lhipjoint"], [MM * expected])
    expected = expected + 7.63 * femur / np.linalg.norm(femur)
    assert_allclose(positions["lfemur"], [MM * expected])


def test_a_bone_turns_about_its_own_axis(asf_amc_writer, tmp_path):
    # The axis of the left tibia is x turned by 18.5 degrees about z: (0.948324,
    # 0.317305, 0). A half turn about it takes d to 2(a.d)a - d.
    angles = still(channels(asf_amc_writer(tmp_path).asf))
    angles["ltibia"][0, 0] = 180.0
    positions = asf_amc_writer(tmp_path, angles=angles).positions
    axis = np.array([0.948324, 0.317305, 0.0])
    shin = np.array([0.317, -0.948, 0.011])
    shin = 7.21 * shin / np.linalg.norm(shin)
    turned = 2 * (axis @ shin) * axis - shin
    assert_allclose(positions["ltibia"] - positions["lfemur"], [MM * turned], atol=1e-2)


def test_turns_are_about_x_then_y_then_z(asf_amc_writer, tmp_path):
    # 90 degrees about x take z to -y, 90 about z then -y to x; y is not touched.
    angles = still(channels(asf_amc_writer(tmp_path).asf))
    angles["root"][0, 3:] = 90.0, 0.0, 90.0
    positions = asf_amc_writer(tmp_path, angles=angles).positions
    toes = np.array([1.3e-11, -4.1e-11, 1.0])
    assert_allclose(
        positions["ltoes"] - positions["lfoot"],
        [1.08 * MM * toes[[2, 0, 1]]],
        atol=1e-6,
    )
