"""Data objects, properties and their initial values."""

import pytest

from bpmn_engine import InvalidModel
from bpmn_engine.parser import parse, read
from tests.diagrams import diagram, element, extensions, multi, service, sub
from tests.play import Play


def prop(name: str, value: str) -> str:
    """A BPMN property with an initial value."""
    initial = f'<zeebe:properties><zeebe:property name="initialValue" value="{value}"/></zeebe:properties>'
    return element("property", f"prop_{name}", extensions(initial), f'name="{name}"')


def test_a_property_of_the_process_with_an_initial_value_is_a_variable_unless_it_is_given() -> None:
    data = diagram("start -> a -> end", service("a"))
    data = data.replace(
        b"<bpmn:startEvent", (prop("limit", "=10 * 2") + prop("kind", "new")).encode() + b"<bpmn:startEvent"
    )

    assert Play(data).variables == {"limit": 20, "kind": "new"}
    assert Play(data, limit=5).variables == {"limit": 5, "kind": "new"}


def test_a_property_of_an_activity_is_local_to_it() -> None:
    play = Play(diagram("start -> s -> end", sub("s", "x", prop("mine", "=1"), service("x"))))

    assert play.locals("s") == {"mine": 1}
    assert play.variables == {}


def test_a_property_of_a_repeated_activity_belongs_to_each_run() -> None:
    node = element("serviceTask", "a", multi("=[1, 2]", inputElement="item") + prop("mine", "=item"))
    play = Play(diagram("start -> a -> end", node))

    assert [values["mine"] for values in play.instance.variables.values() if "mine" in values] == [1, 2]


def test_a_property_without_initial_value_is_only_declared() -> None:
    data = diagram("start -> a -> end", service("a")).replace(
        b"<bpmn:startEvent", b'<bpmn:property id="q" name="later"/><bpmn:startEvent', 1
    )

    assert Play(data).variables == {}


def test_data_objects_stores_inputs_outputs_and_associations_are_kept_in_the_model() -> None:
    io = (
        '<bpmn:ioSpecification><bpmn:dataInput id="in" name="order"/><bpmn:dataOutput id="out"/>'
        "<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"
        '<bpmn:dataInputAssociation id="assoc"><bpmn:sourceRef>obj</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef>'
        "</bpmn:dataInputAssociation>"
    )
    data = diagram("start -> a -> end", element("serviceTask", "a", io)).replace(
        b"<bpmn:startEvent", b'<bpmn:dataObject id="obj"/><bpmn:dataStoreReference id="store"/><bpmn:startEvent', 1
    )
    artifacts = read(data)[0].processes[0].artifacts

    assert {"in", "out", "assoc", "obj", "store"} <= set(artifacts)
    assert artifacts["in"].attributes["container"] == "a"
    assert artifacts["assoc"].attributes["sourceRef"] == "obj"


@pytest.mark.parametrize("part", ["assignment", "transformation"])
def test_a_data_association_that_computes_something_is_refused(part: str) -> None:
    node = element("serviceTask", "a", f"<bpmn:dataInputAssociation><bpmn:{part}/></bpmn:dataInputAssociation>")

    with pytest.raises(InvalidModel, match=f"has a <{part}>, which is not supported"):
        parse(diagram("start -> a -> end", node))


def test_a_process_without_start_event_starts_what_has_no_incoming_flow() -> None:
    play = Play(diagram("a -> b; c -> b", service("a"), service("b"), service("c")))

    assert play.active == ["a", "c"]
