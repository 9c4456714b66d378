from stpose_tf.models import receptive_field


def test_a_centered_branch_sees_as_far_ahead_as_back():
    field = receptive_field.of_branch(7, blocks=2, kernel_size=3, causal=False)
    # Four convolutions of three taps, 7 frames apart: 4 * 7 frames each way.
    assert (field.past, field.future, field.span) == (28, 28, 57)
    assert field.offsets == (-28, -21, -14, -7, 0, 7, 14, 21, 28)


def test_a_causal_branch_sees_the_past_alone():
    field = receptive_field.of_branch(2, blocks=1, kernel_size=3, causal=True)
    assert field.offsets == (-8, -6, -4, -2, 0)
    assert field.span == 9


def test_the_table_states_reach_seconds_and_work():
    fields = [
        receptive_field.of_branch(s, blocks=2, kernel_size=3, causal=False)
        for s in (1, 7)
    ]
    costs = receptive_field.branch_costs(
        fields, embedding_size=512, channels=128, blocks=2, kernel_size=3
    )
    # 512 * 128 + 4 * 3 * 128^2
    assert costs[0].multiply_adds == costs[1].multiply_adds == 262_144
    lines = receptive_field.table(costs, fps=25.0).splitlines()
    assert lines[2].split() == ["7", "57", "28", "28", "2.28", "0.26"]
