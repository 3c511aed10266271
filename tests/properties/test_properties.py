"""What must hold for every diagram and every order of events. `make properties` runs 20,000 cases of each."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bpmn_engine.instance import changes, commands
from bpmn_engine.instance.changes import apply
from bpmn_engine.instance.state import Instance, TokenState
from tests.play import Play
from tests.properties.blocks import JOBS, WAITS, Tree, drawn, trees
from tests.properties.driver import attempt, drive, possible
from tests.properties.nets import Drawn, Net, enabled, graphs

CHOICES = st.lists(st.integers(0, 10_000), max_size=40)
ANYTHING = trees(st.one_of(JOBS, WAITS), events=True)
ONLY_WORK = trees(JOBS, events=False)


@given(ANYTHING, CHOICES)
def test_folding_the_changes_gives_the_state_that_was_reached(tree: Tree, choices: list[int]) -> None:
    play = Play(drawn(tree))
    drive(play, choices)

    folded = Instance(1, 1)
    for change in play.history:
        apply(folded, change)

    assert folded == play.instance


@given(ANYTHING, CHOICES)
def test_a_finished_instance_has_nothing_left(tree: Tree, choices: list[int]) -> None:
    play = Play(drawn(tree))
    drive(play, choices)
    if not play.instance.ended:
        play.do(commands.CancelInstance())

    instance = play.instance
    assert instance.ended
    assert not (instance.tokens)
    assert not (instance.waits)
    assert not (instance.joins)
    assert not (instance.ready)
    assert not (instance.conditions)
    assert not (instance.variables)
    assert not (instance.variable_keys)
    assert not (instance.loops)
    assert not (instance.compensations)
    begun = {change.key for change in play.history if isinstance(change, changes.TokenCreated)}
    ended = [change.key for change in play.history if isinstance(change, _ENDED)]
    assert Counter(ended) == Counter(begun)


_ENDED = (changes.TokenCompleted, changes.TokenTerminated, changes.TokenConsumed)


@given(ANYTHING, CHOICES)
def test_everything_that_waits_belongs_to_a_live_token_and_every_token_to_a_live_scope(
    tree: Tree, choices: list[int]
) -> None:
    play = Play(drawn(tree))
    drive(play, choices)

    instance = play.instance
    for token in instance.tokens.values():
        assert token.scope_key in instance.tokens or token.key == instance.key
        assert all(instance.tokens[child].scope_key == token.key for child in token.children or ())
        waits = [instance.waits[key] for key in token.waits or ()]
        assert token.state is not TokenState.ACTIVE or token.children or waits
    assert all(key in (instance.tokens[wait.token_key].waits or ()) for key, wait in instance.waits.items())
    assert set(instance.variables) <= set(instance.tokens)


@given(ANYTHING, CHOICES, st.data())
def test_a_failed_command_leaves_nothing(tree: Tree, choices: list[int], data: st.DataObject) -> None:
    play = Play(drawn(tree))
    seen: list[commands.Command] = possible(play)
    for choice in choices:
        seen += possible(play)
        if seen:
            attempt(play, seen[choice % len(seen)])  # most of them are out of date by now: see `attempt`
    wrong = data.draw(
        st.sampled_from(
            [
                commands.ModifyInstance(activate=(commands.Activation("start"), commands.Activation("nobody"))),
                commands.ModifyInstance(activate=(commands.Activation("end"),), terminate=("nobody",)),
                commands.MigrateInstance(definition_key=2, target=play.process, mapping={}),
                commands.Resume(),
                commands.SetVariables(variables={"x": object()}),
            ]
        )
    )
    if not play.instance.ended:
        attempt(play, wrong)


@given(ONLY_WORK, CHOICES, CHOICES)
def test_whatever_order_jobs_complete_in_the_same_elements_complete(
    tree: Tree, one: list[int], other: list[int]
) -> None:
    data = drawn(tree)
    ends = []
    for choices in (one, other):
        play = Play(data)
        drive(play, choices, unruly=False)
        while not play.instance.ended:
            play.do(possible(play, unruly=False)[0])
        ends.append(Counter(play.completed))

    assert ends[0] == ends[1]


@given(ANYTHING, CHOICES)
def test_the_budget_of_a_step_changes_nothing_but_when(tree: Tree, choices: list[int]) -> None:
    data = drawn(tree)
    whole, halting = Play(data), Play(data)
    for choice in choices:
        choices = possible(whole)
        if not choices:
            break
        index = choice % len(choices)
        rejected = not attempt(whole, choices[index])
        if whole.instance.ready:  # an escalation that its own handler throws again goes on without end
            return
        again = possible(halting)[index]
        assert rejected is not _in_small_steps(halting, again)
        assert halting.instance == whole.instance

    assert [type(change) for change in halting.history] == [type(change) for change in whole.history]


def _in_small_steps(play: Play, command: commands.Command) -> bool:
    from bpmn_engine.errors import Rejected

    try:
        play.do(command, budget=1)
    except Rejected:
        return False
    while play.instance.ready:
        play.do(commands.Continue(), budget=1)
    return True


# gateways in unstructured diagrams


@given(graphs(("task", "and", "xor")), CHOICES)
def test_no_token_is_lost_or_invented_compared_with_a_petri_net(graph: Drawn, choices: list[int]) -> None:
    play, net = Play(graph.xml()), Net(graph)

    for choice in choices[:12]:
        _same_tokens(play, net)
        tasks = sorted(net.busy.elements())
        if not tasks or len(tasks) > 40:
            return
        task = tasks[choice % len(tasks)]
        play.complete(f"n{task}")
        net.complete(task)
    _same_tokens(play, net)


def _same_tokens(play: Play, net: Net) -> None:
    tokens = play.instance.tokens.values()
    busy = Counter(token.element_id for token in tokens if token.state is TokenState.ACTIVE and token.key != 1)
    assert busy == {f"n{node}": count for node, count in net.busy.items() if count}
    assert Counter(play.on_flows) == {f"f{flow}": count for flow, count in net.marking.items() if count}
    assert play.instance.ended is not bool(net.busy.total() + net.marking.total())


@given(graphs(("task", "and", "xor", "or", "or")), CHOICES)
def test_an_inclusive_join_fires_when_and_only_when_nothing_can_arrive(graph: Drawn, choices: list[int]) -> None:
    play = Play(graph.xml())
    for choice in choices[:12]:
        jobs = possible(play, unruly=False)
        if not jobs or len(jobs) > 40:
            break
        play.do(jobs[choice % len(jobs)])

    _fired_only_when_enabled(graph, play)
    for join in _joins(graph):
        assert not enabled(graph, join, *_tokens(play.instance, join))


def _joins(graph: Drawn) -> list[int]:
    return [node for node, kind in enumerate(graph.kinds) if kind == "or" and len(graph.incoming(node)) > 1]


def _fired_only_when_enabled(graph: Drawn, play: Play) -> None:
    """Replay the history up to each firing."""
    joins = {f"n{node}": node for node in _joins(graph)}
    replayed = Instance(1, 1)
    for change in play.history:
        if (
            isinstance(change, changes.TokenCreated)
            and change.element_id in joins
            and change.state is TokenState.ACTIVATING
        ):
            join = joins[change.element_id]
            assert enabled(graph, join, *_tokens(replayed, join))
        apply(replayed, change)


def _tokens(instance: Instance, join: int) -> tuple[set[int], list[tuple[str, int]]]:
    """The flows in front of a join that hold tokens, and where all other tokens are."""
    waiting: set[int] = set()
    elsewhere: list[tuple[str, int]] = []
    for token in instance.tokens.values():
        if token.state is TokenState.WAITING and token.flow_id is not None:
            number = int(token.flow_id[1:])
            if token.element_id == f"n{join}":
                waiting.add(number)
            else:
                elsewhere.append(("flow", number))
        elif token.element_id.startswith("n"):
            elsewhere.append(("node", int(token.element_id[1:])))
    return waiting, elsewhere
