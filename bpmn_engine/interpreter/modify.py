"""Modification: an operator activates, terminates and moves tokens of a running instance.

1. Everything is activated first, then terminated, so that no scope ends in between.
2. A scope around an activated element is created if there is none; it does not start by itself then. If there are
   several, the request must say which one it means.
3. A scope whose last token was terminated is terminated too, and at last the instance.
4. A request that cannot be carried out is refused and has changed nothing (see `handlers.handle`).
"""

from __future__ import annotations

from collections.abc import Mapping

from bpmn_engine.elements import Element, Execution
from bpmn_engine.elements.loops.multi_instance import MultiInstance
from bpmn_engine.errors import InvalidArgument
from bpmn_engine.instance.commands import Activation, ModifyInstance, Move, Variables
from bpmn_engine.instance.state import Token, TokenState
from bpmn_engine.instance.variables import json_variables, scopes


def modify(run: Execution, command: ModifyInstance) -> None:
    """Carry out all instructions; raise `InvalidArgument`."""
    if not (command.activate or command.terminate or command.move):
        raise InvalidArgument("Give at least one instruction.")
    leaving = [token for instruction in command.terminate for token in _named(run, instruction)]
    for move in command.move:
        for token in _sources(run, move):
            _activate(run, Activation(move.target, _ancestor(run, move, token), move.variables))
            leaving.append(token)
    for activation in command.activate:
        _activate(run, activation)
    for token in leaving:
        if token.key in run.instance.tokens:
            _terminate(run, token)


# terminating


def _named(run: Execution, instruction: str | int) -> list[Token]:
    """The tokens that an instruction means: one by key, or all of an element (runs of a loop by their body)."""
    if isinstance(instruction, int):
        token = run.instance.tokens.get(instruction)
        if token is None:
            raise InvalidArgument(f"There is no active element instance with key {instruction}.")
        return [token]
    found = [
        token
        for token in run.instance.tokens.values()
        if token.element_id == instruction and token.loop_counter is None
    ]
    if not found:
        raise InvalidArgument(f"The element '{instruction}' has no active instance.")
    return found


def _terminate(run: Execution, token: Token) -> None:
    run.terminate(token)
    scope = run.instance.tokens.get(token.scope_key)
    if scope is None:
        return
    loop = run.element(scope)
    if token.loop_counter is not None and isinstance(loop, MultiInstance):
        loop.run_terminated(run, scope, token.loop_counter, token.key)
    if not scope.children:
        _terminate(run, scope)


# moving


def _sources(run: Execution, move: Move) -> list[Token]:
    if move.key is not None:
        return _named(run, move.key)
    if move.element_id is None:
        raise InvalidArgument("Say what is to be moved: an element id or an element instance key.")
    return _named(run, move.element_id)


def _ancestor(run: Execution, move: Move, source: Token) -> int | None:
    if move.scope == "direct":
        return move.ancestor
    if move.scope == "sourceParent":
        return source.scope_key
    around = set(_containers(run, _element(run, move.target)))
    return next(
        key for key in scopes(run.instance, source.scope_key) if run.element(run.instance.tokens[key]) in around
    )


# activating


def _element(run: Execution, element_id: str) -> Element:
    element = run.process.elements.get(element_id)
    if element is None or element_id == run.process.id:
        raise InvalidArgument(f"The process '{run.process.id}' has no element '{element_id}'.")
    if element.node.by_event:
        raise InvalidArgument(f"The event sub-process '{element_id}' is started by its event only.")
    return element


def _containers(run: Execution, element: Element) -> list[Element]:
    """The scopes around an element, outermost first."""
    found: list[Element] = []
    scope = element.scope
    while scope is not None:
        found.insert(0, scope)
        scope = scope.scope
    return found


def _activate(run: Execution, wanted: Activation) -> None:
    element = _element(run, wanted.element_id)
    containers = _containers(run, element)
    at = run.instance.tokens[run.instance.key]
    if wanted.ancestor is not None:
        at = _given_ancestor(run, wanted, containers)
        containers = containers[containers.index(run.element(at)) :]
    variables = {scope: json_variables(values) for scope, values in wanted.variables}
    _write(run, run.instance.key, variables, "", run.process.id)
    for container in containers[1:]:
        at = _scope(run, at, container, variables)
    token = run.enter(element, at.key)
    _write(run, token.key, variables, element.id)
    unknown = sorted(set(variables) - {"", run.process.id, element.id, *(container.id for container in containers)})
    if unknown:
        raise InvalidArgument(f"'{unknown[0]}' is no scope around '{element.id}', so it cannot get variables.")


def _given_ancestor(run: Execution, wanted: Activation, containers: list[Element]) -> Token:
    token = run.instance.tokens.get(wanted.ancestor or 0)
    if token is None or run.element(token) not in containers or token.state is not TokenState.ACTIVE:
        raise InvalidArgument(
            f"The element instance {wanted.ancestor} is no active scope around '{wanted.element_id}'."
        )
    return token


def _write(run: Execution, key: int, variables: Mapping[str, Variables], *scope_ids: str) -> None:
    for scope_id in scope_ids:
        run.write_locals(key, variables.get(scope_id, {}))


def _scope(run: Execution, around: Token, container: Element, variables: Mapping[str, Variables]) -> Token:
    """The one instance of a scope inside another; a new one if there is none."""
    found = [
        token
        for token in run.instance.tokens.values()
        if token.element_id == container.id
        and token.compensates is None
        and run.element(token) is container
        and around.key in scopes(run.instance, token.key)
    ]
    if len(found) > 1:
        raise InvalidArgument(
            f"'{container.id}' has {len(found)} active instances; name the one that is meant as the ancestor."
        )
    if not found and container.loop is not None:
        raise InvalidArgument(f"'{container.id}' runs several times; a run of it cannot be created from outside.")
    if found and found[0].state is not TokenState.ACTIVE:
        raise InvalidArgument(f"'{container.id}' is {found[0].state.value}, so nothing can be activated in it.")
    scope = found[0] if found else _new_scope(run, around, container)
    _write(run, scope.key, variables, container.id)
    return scope


def _new_scope(run: Execution, around: Token, container: Element) -> Token:
    token = run.enter(container, around.key)
    run.skip_start(token)
    run.map_inputs(token, container.inputs)
    run.activated(token)
    return token
