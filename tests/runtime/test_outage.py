"""The database fails: nothing is lost, nothing is done twice, and nobody waits for ever."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from bpmn_engine import Engine, Overloaded, Registry, Resource, Settings, StoreUnavailable, UnknownOutcome, handler_of
from bpmn_engine.runtime import clock
from bpmn_engine.runtime.node import Fenced
from bpmn_engine.runtime.requests.instances import CreateProcessInstance
from bpmn_engine.runtime.requests.request import Request
from bpmn_engine.runtime.turn import Turn, TurnOutcome
from bpmn_engine.store.nodes import all_nodes
from bpmn_engine.store.queries.resources import PROCESS_INSTANCES
from tests.asking import await_end, do
from tests.diagrams import diagram, service
from tests.outage import LostAnswer, outage
from tests.runtime.test_engine import eventually

WAITS = Resource("p.bpmn", diagram("start -> a -> end", service("a")))


def count(engine: Engine) -> int:
    """How many instances there are."""
    return len(engine.instances())


def test_a_start_whose_commit_succeeds_but_seems_to_fail_is_answered_and_not_repeated(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_engine.deploy(WAITS)
    LostAnswer(any_engine, monkeypatch).next(1, done=True)

    key = any_engine.start("p")

    assert [row.key for row in any_engine.instances()] == [key]


def test_a_start_whose_commit_fails_is_carried_out_again(any_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    any_engine.deploy(WAITS)
    LostAnswer(any_engine, monkeypatch).next(1, done=False)

    key = any_engine.start("p")

    assert [row.key for row in any_engine.instances()] == [key]


def test_many_starts_under_lost_commits_are_each_there_once(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_engine.deploy(WAITS)
    lost = LostAnswer(any_engine, monkeypatch)

    for done in (True, False, True, False):
        lost.next(1, done=done)
        futures = [any_engine.runtime.submit(CreateProcessInstance("p")) for _ in range(10)]
        for future in futures:
            future.result(10)

    assert count(any_engine) == 40


def test_when_nobody_can_tell_the_caller_hears_so_and_nothing_runs_again(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_engine.deploy(WAITS)
    lost = LostAnswer(any_engine, monkeypatch)

    def bury() -> None:
        with lost._write() as connection:
            connection.execute(text("DELETE FROM node"))

    lost.next(1, done=True, meanwhile=bury)

    with pytest.raises(UnknownOutcome, match="idempotency key"):
        any_engine.start("p")

    assert count(any_engine) == 1
    assert any_engine.start("p")


def test_a_node_that_was_taken_for_dead_writes_nothing_and_goes_on_under_a_new_id(any_engine: Engine) -> None:
    any_engine.deploy(WAITS)
    before = any_engine.runtime.loop.node.id
    with any_engine.runtime.database.write() as connection:
        connection.execute(text("DELETE FROM node"))

    key = any_engine.start("p")

    assert any_engine.find(PROCESS_INSTANCES, key).state == "ACTIVE"
    assert [node.id for node in any_engine.nodes()] == [any_engine.runtime.loop.node.id] != [before]


def test_what_a_handler_gives_after_its_node_was_taken_for_dead_is_dropped(database_url: str) -> None:
    go, called = threading.Event(), []

    def slow() -> dict[str, int]:
        called.append(1)
        go.wait(10)
        return {"call": len(called)}

    with Engine(database_url, handlers=Registry(handler_of("a", slow))) as engine:
        engine.deploy(WAITS)
        key = engine.start("p")
        eventually(lambda: called)
        with engine.runtime.database.write() as connection:
            connection.execute(text("DELETE FROM node"))
            connection.execute(text("UPDATE job SET worker = NULL, available_at = created_at"))
        engine.start("p")
        go.set()

        eventually(lambda: engine.find(PROCESS_INSTANCES, key).state == "COMPLETED")
        assert len(called) >= 2


@pytest.mark.postgres
def test_requests_wait_for_a_database_that_comes_back(postgres_url: str) -> None:
    with Engine(postgres_url, handlers=Registry()) as engine:
        engine.deploy(WAITS)
        with outage(postgres_url):
            futures = [engine.runtime.submit(CreateProcessInstance("p")) for _ in range(5)]
            time.sleep(0.3)

        assert len({future.result(10).instance_key for future in futures}) == 5
        assert count(engine) == 5


@pytest.mark.postgres
def test_a_request_whose_time_is_over_is_refused_with_nothing_done(postgres_url: str) -> None:
    settings = Settings(request_timeout=timedelta(milliseconds=300))
    with Engine(postgres_url, handlers=Registry(), settings=settings) as engine:
        engine.deploy(WAITS)
        with outage(postgres_url), pytest.raises(StoreUnavailable, match="nothing has happened"):
            engine.start("p")
        eventually(lambda: engine.runtime.loop.trouble() is None, 5)

        assert count(engine) == 0


@pytest.mark.postgres
def test_an_engine_without_its_database_is_not_ready_and_says_why(postgres_url: str) -> None:
    with Engine(postgres_url, handlers=Registry()) as engine:
        engine.check_health()
        with outage(postgres_url):
            with pytest.raises(StoreUnavailable, match="the database has failed"):
                engine.check_health(1.0)
            with pytest.raises(StoreUnavailable, match="did not answer"):
                engine.instances()

        engine.check_health(5.0)


@pytest.mark.postgres
def test_what_a_handler_gives_during_an_outage_is_reported_afterwards(postgres_url: str) -> None:
    go, called = threading.Event(), []

    def work() -> dict[str, int]:
        called.append(1)
        go.wait(10)
        return {"done": 1}

    with Engine(postgres_url, handlers=Registry(handler_of("a", work))) as engine:
        engine.deploy(WAITS)
        key = engine.start("p")
        eventually(lambda: called)
        with outage(postgres_url):
            go.set()
            time.sleep(0.3)

        eventually(lambda: engine.find(PROCESS_INSTANCES, key).state == "COMPLETED", 10)
        assert len(called) == 1


def test_more_requests_than_may_wait_are_refused(any_engine: Engine) -> None:
    any_engine.deploy(WAITS)
    any_engine.settings.queue_size = 1
    with any_engine.runtime.database.write() as connection:  # the loop cannot write meanwhile
        connection.execute(text("UPDATE node SET pid = pid"))
        futures = [any_engine.runtime.submit(CreateProcessInstance("p")) for _ in range(200)]

    outcomes = [future.exception(10) for future in futures]

    assert any(isinstance(error, Overloaded) for error in outcomes)
    assert count(any_engine) == sum(error is None for error in outcomes)


def test_a_stopping_engine_lets_everybody_go_who_waits(any_engine: Engine) -> None:
    any_engine.deploy(WAITS)
    created = do(any_engine, CreateProcessInstance("p", wait=True))
    waiting = threading.Thread(target=any_engine.drain)
    waiting.start()

    with pytest.raises(StoreUnavailable, match="stopping"):
        await_end(any_engine, created, 10)
    waiting.join()


@pytest.mark.postgres
def test_a_node_that_is_frozen_in_a_transaction_holds_the_others_up_for_a_short_time_only(postgres_url: str) -> None:
    settings = Settings(lock_timeout=timedelta(milliseconds=200), idle_timeout=timedelta(seconds=1))
    with Engine(postgres_url, handlers=Registry(), settings=settings) as engine:
        engine.deploy(WAITS)
        stuck, free = engine.start("p"), engine.start("p")
        other = engine.runtime.database._writer.connect()
        other.execute(text("UPDATE process_instance SET state = state WHERE key = :key"), {"key": stuck})

        engine.set_variables(free, {"x": 1})
        engine.set_variables(stuck, {"x": 1})

        assert engine.variables(stuck) == {"x": 1}
        with pytest.raises(Exception, match="terminat"):
            other.execute(text("SELECT 1"))
        other.invalidate()
        other.close()


@pytest.mark.postgres
def test_a_node_follows_the_clock_of_its_database(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.system_time
    monkeypatch.setattr(clock, "system_time", lambda: real() - timedelta(seconds=60))
    with Engine(postgres_url, handlers=Registry()) as engine:
        engine.deploy(WAITS)
        key = engine.start("p")

        assert abs(engine.clock.now() - real()) < timedelta(seconds=2)
        assert abs(engine.find(PROCESS_INSTANCES, key).started_at - real()) < timedelta(seconds=2)


@pytest.mark.postgres
def test_nodes_whose_clocks_are_apart_do_not_take_each_other_for_dead(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, settings = clock.system_time, Settings(node_lease=timedelta(seconds=1))
    with Engine(postgres_url, handlers=Registry(), settings=settings) as punctual:
        monkeypatch.setattr(clock, "system_time", lambda: real() + timedelta(seconds=60))
        with Engine(postgres_url, handlers=Registry(), settings=settings) as fast:
            boots = {punctual.runtime.loop.node.boot, fast.runtime.loop.node.boot}
            time.sleep(1.5)

            with punctual.runtime.reading() as connection:
                assert {node.boot for node in all_nodes(connection)} == boots


def test_requests_behind_one_that_cannot_run_alone_stay_in_the_queue(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_engine.deploy(WAITS)
    turn, failed = Turn.run, []

    def fails_then_is_fenced(self: Turn, requests: list[Request]) -> TurnOutcome:
        if len(requests) > 1:
            raise RuntimeError("something in this batch is wrong")
        if requests and not failed:
            failed.append(requests)
            raise Fenced
        return turn(self, requests)

    monkeypatch.setattr(Turn, "run", fails_then_is_fenced)
    with any_engine.runtime.database.write() as connection:  # the requests gather meanwhile
        connection.execute(text("UPDATE node SET pid = pid"))
        futures = [any_engine.runtime.submit(CreateProcessInstance("p")) for _ in range(20)]

    assert len({future.result(10).instance_key for future in futures}) == 20
    assert failed


def test_the_writing_thread_survives_what_nobody_has_expected(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_engine.deploy(WAITS)
    renew, failed = any_engine.runtime.loop.node.renew, []

    def fails_once() -> bool:
        if not failed:
            failed.append(1)
            raise RuntimeError("who would have thought")
        return renew()

    monkeypatch.setattr(any_engine.runtime.loop.node, "due", lambda: not failed)
    monkeypatch.setattr(any_engine.runtime.loop.node, "renew", fails_once)

    assert any_engine.start("p")
    assert failed


@pytest.mark.postgres
def test_an_engine_stops_also_while_its_database_is_away(postgres_url: str) -> None:
    engine = Engine(postgres_url, handlers=Registry(), settings=Settings(node_lease=timedelta(seconds=1)))
    with outage(postgres_url):
        with pytest.raises(StoreUnavailable):
            engine.check_health(0.5)
        waiting = engine.runtime.submit(CreateProcessInstance("p"))

        engine.close()

        assert isinstance(waiting.exception(0), StoreUnavailable)
