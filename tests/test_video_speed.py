from stpose_tf import video_speed


def test_lines_say_what_a_frame_costs_and_the_rest_against_decoding_and_networks():
    seconds = {"decode": 2.0, "crops": 0.5, "2D networks": 6.0, "3D": 0.3}
    lines = video_speed.lines(seconds, frames=100)
    assert [line.split() for line in lines[:2]] == [
        ["decode", "20.00", "CPU", "ms", "per", "frame", "22.7", "%"],
        ["crops", "5.00", "CPU", "ms", "per", "frame", "5.7", "%"],
    ]
    # 0.5 and 0.3 s beside 2 and 6 s.
    assert lines[-1] == "all but decoding and the 2D networks: 10.0 % of these"
