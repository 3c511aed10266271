"""Handlers: functions for jobs of one type, and the binding of their parameters.

1. A parameter takes the variable of its name; `order_id` also takes `orderId`, as analysts write it.
2. The annotation converts: pydantic models, dataclasses, Decimal, datetime and whatever else pydantic knows. Without
   one the value is plain JSON (`float` for numbers that are not whole).
3. A parameter annotated `Job` gets the job itself; `**variables` gets all variables.
4. A mapping, pydantic model or dataclass that is returned becomes variables; any other value becomes the variable that
   `@task(..., result="name")` names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from decimal import Decimal
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from bpmn_engine.errors import EngineError
from bpmn_engine.runtime.jobs import ActivatedJob as Job


class BadVariable(EngineError):
    """A variable does not fit its parameter, or is missing."""


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    names: tuple[str, ...]
    adapter: TypeAdapter[Any] | None
    default: Any
    wants_job: bool = False


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that handles jobs of one type."""

    type: str
    function: Callable[..., Any]
    parameters: tuple[_Parameter, ...]
    wants_all: bool
    result: str | None
    is_async: bool

    def arguments(self, job: Job) -> dict[str, Any]:
        """The function's arguments for a job; raise `BadVariable`."""
        values = {parameter.name: _value(parameter, job) for parameter in self.parameters}
        if self.wants_all:
            rest = {name: plain(value) for name, value in job.variables.items() if name not in values}
            values.update(rest)
        return values

    def variables(self, returned: Any) -> dict[str, Any]:
        """The variables that a returned value sets."""
        if returned is None:
            return {}
        if self.result is not None:
            return {self.result: jsonable(returned)}
        plain_value = jsonable(returned)
        if not isinstance(plain_value, Mapping):
            raise BadVariable(
                f"The handler '{self.type}' returned a {type(returned).__name__}. Return a dict of variables, or name "
                f'the variable: @task("{self.type}", result="name").'
            )
        return dict(plain_value)


def handler_of(job_type: str, function: Callable[..., Any], result: str | None = None) -> Handler:
    """The handler made of a function; raise `TypeError` for parameters that cannot be bound."""
    hints = get_type_hints(function)
    parameters, wants_all = [], False
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            wants_all = True
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            raise TypeError(f"The handler '{job_type}' has a parameter '{name}' that cannot be given by name.")
        else:
            parameters.append(_parameter(name, hints.get(name), parameter.default))
    return Handler(job_type, function, tuple(parameters), wants_all, result, inspect.iscoroutinefunction(function))


def _parameter(name: str, hint: Any, default: Any) -> _Parameter:
    if hint is Job:
        return _Parameter(name, (), None, default, wants_job=True)
    first, *rest = name.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    adapter = None if hint is None or hint is Any else TypeAdapter(hint)
    return _Parameter(name, (name, camel) if rest else (name,), adapter, default)


def _value(parameter: _Parameter, job: Job) -> Any:
    if parameter.wants_job:
        return job
    for name in parameter.names:
        if name in job.variables:
            return _converted(parameter, job.variables[name])
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    raise BadVariable(f"The handler '{job.type}' needs a variable '{parameter.name}', which is not set.")


def _converted(parameter: _Parameter, value: Any) -> Any:
    if parameter.adapter is None:
        return plain(value)
    try:
        return parameter.adapter.validate_python(value)
    except ValidationError as error:
        reasons = "; ".join(str(detail["msg"]) for detail in error.errors())
        raise BadVariable(f"The variable '{parameter.name}' does not fit its handler: {reasons}.") from None


def plain(value: Any) -> Any:
    """A copy in plain JSON types, which the handler may change."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


def jsonable(value: Any) -> Any:
    """Convert models and dataclasses to dicts; the engine refuses any other value that is not JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {name: jsonable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value
