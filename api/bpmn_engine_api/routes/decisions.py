"""Decisions: definitions, requirement graphs, decision instances, and the evaluation of FEEL expressions."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bpmn_engine.errors import InvalidArgument, NotFound
from bpmn_engine.operations.types import DECISION_DEFINITIONS, DECISION_INSTANCES, DECISION_REQUIREMENTS, Search
from bpmn_engine.operations.values import loads, value_text
from bpmn_engine_api.edge import Caller, Key, parse_key
from bpmn_engine_api.json import JsonRoute, answer
from bpmn_engine_api.schemas.base import TENANT
from bpmn_engine_api.schemas.decisions import (
    DECISION_FIELDS,
    DECISION_INSTANCE_FIELDS,
    REQUIREMENTS_FIELDS,
    DecisionDefinitionResult,
    DecisionDefinitionSearchQueryResult,
    DecisionEvaluationInstruction,
    DecisionInstanceGetQueryResult,
    DecisionInstanceResult,
    DecisionInstanceSearchQueryResult,
    DecisionRequirementsResult,
    DecisionRequirementsSearchQueryResult,
    EvaluateDecisionResult,
    ExpressionEvaluationRequest,
    ExpressionEvaluationResult,
    ExpressionEvaluationWarningItem,
)
from bpmn_engine_api.schemas.search import SearchQueryPageResponse, SearchQueryRequest, search_of

router = APIRouter(tags=["decisions"], route_class=JsonRoute)


@router.post("/decision-definitions/search", response_model=DecisionDefinitionSearchQueryResult)
async def search_definitions(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search all versions of all decisions."""
    page = await caller.searching.search(DECISION_DEFINITIONS, search_of(body, DECISION_FIELDS))
    items = [DecisionDefinitionResult.of(row) for row in page.items]
    return answer(DecisionDefinitionSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.post("/decision-definitions/evaluation", response_model=EvaluateDecisionResult)
async def evaluate(caller: Caller, body: DecisionEvaluationInstruction) -> Response:
    """Make a decision; the answer reports a failure, with the decisions made until then."""
    key = parse_key(body.decision_definition_key) if body.decision_definition_key is not None else None
    decided = await caller.decisions.decide(body.decision_definition_id, body.variables, key=key)
    return answer(EvaluateDecisionResult.of(decided))


@router.get("/decision-definitions/{key}", response_model=DecisionDefinitionResult)
async def get_definition(caller: Caller, key: Key) -> Response:
    """One version of a decision."""
    return answer(DecisionDefinitionResult.of(await caller.searching.find(DECISION_DEFINITIONS, key)))


@router.get("/decision-definitions/{key}/xml")
async def definition_xml(caller: Caller, key: Key) -> Response:
    """The file of a decision as it was deployed."""
    return Response(await caller.decisions.source(key=key), media_type="text/xml")


@router.post("/decision-requirements/search", response_model=DecisionRequirementsSearchQueryResult)
async def search_requirements(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search all versions of all decision requirement graphs."""
    page = await caller.searching.search(DECISION_REQUIREMENTS, search_of(body, REQUIREMENTS_FIELDS))
    items = [DecisionRequirementsResult.of(row) for row in page.items]
    return answer(DecisionRequirementsSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.get("/decision-requirements/{key}", response_model=DecisionRequirementsResult)
async def get_requirements(caller: Caller, key: Key) -> Response:
    """One version of a decision requirement graph."""
    return answer(DecisionRequirementsResult.of(await caller.searching.find(DECISION_REQUIREMENTS, key)))


@router.get("/decision-requirements/{key}/xml")
async def requirements_xml(caller: Caller, key: Key) -> Response:
    """The file of a decision requirement graph as it was deployed."""
    return Response(await caller.decisions.source(requirements_key=key), media_type="text/xml")


@router.post("/decision-instances/search", response_model=DecisionInstanceSearchQueryResult)
async def search_instances(caller: Caller, body: SearchQueryRequest | None = None) -> Response:
    """Search decision instances."""
    page = await caller.searching.search(DECISION_INSTANCES, search_of(body, DECISION_INSTANCE_FIELDS))
    items = [DecisionInstanceResult.of(row) for row in page.items]
    return answer(DecisionInstanceSearchQueryResult(page=SearchQueryPageResponse.of(page), items=items))


@router.get("/decision-instances/{instance_id}", response_model=DecisionInstanceGetQueryResult)
async def get_instance(caller: Caller, instance_id: str) -> Response:
    """One decision that was made, with its inputs and the rules that matched; its key is `evaluationKey-position`."""
    evaluation, _, position = instance_id.partition("-")
    wanted = {"evaluation_key": parse_key(evaluation), "position": parse_key(position)}
    page = await caller.searching.search(DECISION_INSTANCES, Search(wanted, limit=1))
    if not page.items:
        raise NotFound(f"There is no decision instance '{instance_id}'.")
    return answer(DecisionInstanceGetQueryResult.of(page.items[0]))


@router.post("/expression/evaluation", response_model=ExpressionEvaluationResult)
async def evaluate_expression(caller: Caller, body: ExpressionEvaluationRequest) -> Response:
    """Evaluate a FEEL expression; warnings give the reasons for null values."""
    if body.tenant_id not in (None, "", TENANT):
        raise InvalidArgument(f"There is one tenant only, '{TENANT}'.")
    scope = parse_key(body.scope_key) if body.scope_key else None
    result = await caller.decisions.evaluate(body.expression, body.variables, scope_key=scope)
    return answer(
        ExpressionEvaluationResult(
            expression=body.expression,
            result=loads(value_text(result.value)),
            warnings=[ExpressionEvaluationWarningItem(message=warning) for warning in result.warnings],
            referenced_secrets=[],
        )
    )
