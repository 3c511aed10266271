"""What can be reached from where, beside the definition of it in a few lines."""

from __future__ import annotations

from random import Random

import pytest

from bpmn_engine.model.graph import Graph
from bpmn_engine.parser import read
from tests.diagrams import boundary, catch, complex_gateway, diagram, inclusive, link_event, throw, timer, user


def graph_of(data: bytes) -> Graph:
    """The graph of the only process."""
    return Graph(read(data)[0].processes[0])


def random_graph(seed: int) -> Graph:
    """Some tasks and joins, connected at random."""
    random = Random(seed)
    names = [f"n{number}" for number in range(random.randint(2, 14))]
    joins = [inclusive(name) if random.random() < 0.5 else complex_gateway(name) for name in names[::2]]
    flows = [f"{random.choice(names)} -> {random.choice(names)}" for _ in range(random.randint(1, 24))]
    return graph_of(diagram("; ".join([*flows, *names]), *joins))


def leading_to(graph: Graph, node: str, stop: str) -> set[str]:
    """A node and all from which it can be reached without passing another one."""
    found, open_ends = set(), [node]
    while open_ends:
        at = open_ends.pop()
        if at not in found:
            found.add(at)
            open_ends += [] if at == stop else graph.before[at]
    return found


@pytest.mark.parametrize("seed", range(60))
def test_the_sources_of_a_join_are_all_that_leads_to_its_flows_without_passing_it(seed: int) -> None:
    graph = random_graph(seed)

    for join in [node for node in graph.nodes.values() if node.tag != "task"]:
        sources = graph.sources_of(join)
        for flow in join.incoming:
            found = {node for node in graph.nodes if node in sources[flow.id]}
            assert found == leading_to(graph, flow.source, join.id)


@pytest.mark.parametrize("seed", range(60))
def test_circles_are_the_nodes_that_can_all_reach_each_other(seed: int) -> None:
    graph = random_graph(seed)
    reach = {node: graph.spread(graph.after[node]) for node in graph.nodes}

    circles = graph.circles()

    assert {node for circle in circles for node in circle} == {node for node in reach if node in reach[node]}
    for circle in circles:
        assert circle == [node for node in graph.nodes if node in reach[circle[0]] and circle[0] in reach[node]]


def test_a_path_leads_over_boundary_events_and_links() -> None:
    graph = graph_of(
        diagram(
            "start -> a -> end; late -> jump; land -> b",
            user("a"),
            boundary("late", "a", timer("duration", "PT1H")),
            throw("jump", link_event("L")),
            catch("land", link_event("L")),
        )
    )

    assert graph.spread(["a"]) == {"a", "end", "late", "jump", "land", "b"}


def test_what_is_no_node_of_the_graph_leads_nowhere() -> None:
    graph = graph_of(diagram("start -> g; a -> g; g -> end", inclusive("g")))

    sources = graph.sources_of(graph.nodes["g"])

    assert "nowhere" not in sources["a-g"]
    assert "start" not in sources["a-g"]
    assert "start" in sources["start-g"]


@pytest.mark.parametrize("back", ["", "; xor -> a0 : =again"])
def test_thousands_of_joins_know_their_sources(back: str) -> None:
    blocks = [f"a{n} -> x{n} -> b{n}; a{n} -> y{n} -> b{n}; b{n} -> a{n + 1}" for n in range(400)]
    gateways = [inclusive(f"{side}{n}") for n in range(400) for side in "ab"]
    graph = graph_of(diagram(f"start -> a0; {'; '.join(blocks)}; a400 -> xor{back}", *gateways))

    for number in range(400):
        sources = graph.sources_of(graph.nodes[f"b{number}"])
        assert f"x{number}" in sources[f"x{number}-b{number}"]
        assert f"y{number}" not in sources[f"x{number}-b{number}"]
        assert "start" in sources[f"y{number}-b{number}"]


def test_paths_that_turn_back_again_and_again_are_followed_to_their_end() -> None:
    size = 300
    there = [f"g{n} -> g{n + 1}" for n in range(size)]
    zigzag = [f"g{n} -> g{size - n}; g{size - n} -> g{n + 1}" for n in range(size // 2)]
    graph = graph_of(diagram("; ".join([*there, *zigzag]), *(inclusive(f"g{n}") for n in range(0, size, 3))))

    for name in ("g0", "g150", "g297"):
        sources = graph.sources_of(graph.nodes[name])
        for flow in graph.nodes[name].incoming:
            found = {node for node in graph.nodes if node in sources[flow.id]}
            assert found == leading_to(graph, flow.source, name)
