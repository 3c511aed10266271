"""Modification: an operator activates, terminates and moves tokens of a running instance.

1. Everything is activated first, then terminated, so that no scope ends in between.
2. A scope around an activated element is created if there is none; its start events do not begin then. If there are
   several, the request must say which one it means. Inside an ancestor that the request names they are always new.
3. What the same request terminates is no scope for what it activates: a new one is created, and a request that names
   such a scope is refused.
4. A scope whose last token was terminated is terminated too, and at last the instance; one that was called is not: that
   is for its caller to decide.
5. A request that cannot be carried out is refused and has changed nothing (see `commands.handle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bpmn_engine.elements import Element, Step
from bpmn_engine.elements.loops.multi_instance import MultiInstance
from bpmn_engine.errors import Conflict, InvalidArgument
from bpmn_engine.instance.commands import Activation, ModifyInstance, Move, Variables
from bpmn_engine.instance.state import Token, TokenState
from bpmn_engine.instance.variables import json_variables, scopes


def modify(step: Step, command: ModifyInstance) -> None:
    """Carry out all instructions; raise `InvalidArgument`."""
    if not (command.activate or command.terminate or command.move):
        raise InvalidArgument("Give at least one instruction.")
    moved = [(move, token) for move in command.move for token in _sources(step, move)]
    leaving = [token for instruction in command.terminate for token in _named(step, instruction)]
    leaving += [token for _, token in moved]
    ending = _inside(step, leaving)
    for move, token in moved:
        activation = Activation(move.target, _ancestor(step, move, token), move.variables)
        _activate(step, activation, ending, fresh=move.scope == "direct")
    for activation in command.activate:
        _activate(step, activation, ending, fresh=activation.ancestor is not None)
    for token in leaving:
        if token.key in step.instance.tokens:
            _terminate(step, token)
    if step.instance.ended and step.instance.parent_key is not None:
        raise Conflict(
            f"This would terminate the process instance {step.instance.key}, which was called. Modify or cancel its "
            f"caller {step.instance.parent_key} instead."
        )


def _inside(step: Step, tokens: Iterable[Token]) -> set[int]:
    """The keys of tokens and of everything inside them."""
    found: set[int] = set()
    open_keys = [token.key for token in tokens]
    while open_keys:
        key = open_keys.pop()
        found.add(key)
        open_keys += step.instance.tokens[key].children or ()
    return found


# terminating


def _named(step: Step, instruction: str | int) -> list[Token]:
    """The tokens that an instruction means: one by key, or all of an element (iterations of a loop by their body)."""
    if isinstance(instruction, int):
        token = step.instance.tokens.get(instruction)
        if token is None:
            raise InvalidArgument(f"There is no active element instance with key {instruction}.")
        return [token]
    found = [
        token
        for token in step.instance.tokens.values()
        if token.element_id == instruction and token.loop_counter is None
    ]
    if not found:
        raise InvalidArgument(f"The element '{instruction}' has no active instance.")
    return found


def _terminate(step: Step, token: Token) -> None:
    step.terminate(token)
    scope = step.instance.tokens.get(token.scope_key)
    if scope is None:
        return
    loop = step.element(scope)
    if token.loop_counter is not None and isinstance(loop, MultiInstance) and scope.key in step.instance.loops:
        loop.iteration_terminated(step, scope, token.loop_counter, token.key)
    if not scope.children:
        _terminate(step, scope)


# moving


def _sources(step: Step, move: Move) -> list[Token]:
    if move.key is not None:
        return _named(step, move.key)
    if move.element_id is None:
        raise InvalidArgument("Say what is to be moved: an element id or an element instance key.")
    return _named(step, move.element_id)


def _ancestor(step: Step, move: Move, source: Token) -> int | None:
    if move.scope == "direct":
        return move.ancestor
    if move.scope == "sourceParent":
        return source.scope_key
    around = set(_containers(step, _element(step, move.target)))
    return next(
        key for key in scopes(step.instance, source.scope_key) if step.element(step.instance.tokens[key]) in around
    )


# activating


def _element(step: Step, element_id: str) -> Element:
    element = step.process.elements.get(element_id)
    if element is None or element_id == step.process.id:
        raise InvalidArgument(f"The process '{step.process.id}' has no element '{element_id}'.")
    if element.node.triggered_by_event:
        raise InvalidArgument(f"The event sub-process '{element_id}' is started by its event only.")
    return element


def _containers(step: Step, element: Element) -> list[Element]:
    """The scopes around an element, outermost first."""
    found: list[Element] = []
    scope = element.scope
    while scope is not None:
        found.insert(0, scope)
        scope = scope.scope
    return found


def _activate(step: Step, wanted: Activation, ending: set[int], *, fresh: bool) -> None:
    """Activate an element in scopes that do not end; inside its ancestor in new ones if `fresh`."""
    element = _element(step, wanted.element_id)
    containers = _containers(step, element)
    at = step.instance.tokens[step.instance.key]
    if (wanted.ancestor or at.key) in ending:
        raise InvalidArgument(
            f"'{wanted.element_id}' cannot be activated in the element instance {wanted.ancestor or at.key}, which the "
            "same request terminates. Name another ancestor, or none to get a new scope."
        )
    if wanted.ancestor is not None:
        at = _given_ancestor(step, wanted, containers)
        containers = containers[containers.index(step.element(at)) :]
    variables = {scope: json_variables(values) for scope, values in wanted.variables}
    _write(step, step.instance.key, variables, "", step.process.id)
    for container in containers[1:]:
        at = _new_scope(step, at, container) if fresh else _scope(step, at, container, ending)
        _write(step, at.key, variables, container.id)
    token = step.enter(element, at.key)
    _write(step, token.key, variables, element.id)
    unknown = sorted(set(variables) - {"", step.process.id, element.id, *(container.id for container in containers)})
    if unknown:
        raise InvalidArgument(f"'{unknown[0]}' is no scope around '{element.id}', so it cannot get variables.")


def _given_ancestor(step: Step, wanted: Activation, containers: list[Element]) -> Token:
    token = step.instance.tokens.get(wanted.ancestor or 0)
    if token is None or step.element(token) not in containers or token.state is not TokenState.ACTIVE:
        raise InvalidArgument(
            f"The element instance {wanted.ancestor} is no active scope around '{wanted.element_id}'."
        )
    return token


def _write(step: Step, key: int, variables: Mapping[str, Variables], *scope_ids: str) -> None:
    for scope_id in scope_ids:
        step.write_locals(key, variables.get(scope_id, {}))


def _scope(step: Step, around: Token, container: Element, ending: set[int]) -> Token:
    """The one instance of a scope inside another that does not end; a new one if there is none."""
    found = [
        token
        for token in step.instance.tokens.values()
        if token.element_id == container.id
        and token.key not in ending
        and token.compensates is None
        and step.element(token) is container
        and around.key in scopes(step.instance, token.key)
    ]
    if len(found) > 1:
        raise InvalidArgument(
            f"'{container.id}' has {len(found)} active instances; name the one that is meant as the ancestor."
        )
    if found and found[0].state is not TokenState.ACTIVE:
        raise InvalidArgument(f"'{container.id}' is {found[0].state.value}, so nothing can be activated in it.")
    return found[0] if found else _new_scope(step, around, container)


def _new_scope(step: Step, around: Token, container: Element) -> Token:
    if container.loop is not None:
        raise InvalidArgument(f"'{container.id}' is repeated; an iteration of it cannot be created from outside.")
    token = step.enter(container, around.key)
    step.skip_start(token)
    step.map_inputs(token, container.inputs)
    step.become_active(token)
    return token
