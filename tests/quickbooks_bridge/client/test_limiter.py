"""The limits of a company, on a real Redis with real threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from quickbooks_bridge.client.limiter import LimiterDown, LimitReached, Limits, RedisLimiter, Unlimited


def taken(limiter: RedisLimiter, realm: str = "1", *, batch: bool = False) -> bool:
    try:
        with limiter.acquire(realm, batch=batch):
            return True
    except LimitReached:
        return False


def test_no_more_than_ten_go_in_a_second_however_many_try(server: redis.Redis, prefix: str) -> None:
    def one(_: int) -> bool:
        return taken(RedisLimiter(server, Limits(at_once=0), prefix=prefix))

    with ThreadPoolExecutor(20) as threads:
        started = time.monotonic()
        let_in = sum(threads.map(one, range(60)))
    assert time.monotonic() - started < 1
    assert let_in == 10


def test_no_more_than_the_minute_allows(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=0, per_minute=25, at_once=0), prefix=prefix)
    assert sum(taken(limiter) for _ in range(40)) == 25
    with pytest.raises(LimitReached) as reached, limiter.acquire("1"):
        pass
    assert 55 < reached.value.retry_after <= 60.2


def test_batches_are_calls_and_have_a_limit_of_their_own_besides(server: redis.Redis, prefix: str) -> None:
    limits = Limits(per_second=0, per_minute=6, batches_per_minute=3, at_once=0)
    limiter = RedisLimiter(server, limits, prefix=prefix)
    assert [taken(limiter, batch=True) for _ in range(5)] == [True, True, True, False, False]
    with pytest.raises(LimitReached) as reached, limiter.acquire("1", batch=True):
        pass
    assert 55 < reached.value.retry_after <= 60.2
    assert [taken(limiter) for _ in range(4)] == [True, True, True, False]


def test_forty_batches_a_minute_are_let_go_and_no_more(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=0), prefix=prefix)
    assert sum(taken(limiter, batch=True) for _ in range(60)) == 40
    assert taken(limiter)
    assert taken(limiter, "2", batch=True)


def test_never_more_than_so_many_at_once(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=0, per_minute=0, at_once=3), prefix=prefix, patience=5)
    running = most = 0
    lock = threading.Lock()

    def one(_: int) -> None:
        nonlocal running, most
        with limiter.acquire("1"):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(one, range(12)))
    assert most == 3


def test_a_slot_is_given_back_when_the_call_fails(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(at_once=1), prefix=prefix)
    with pytest.raises(RuntimeError), limiter.acquire("1"):
        raise RuntimeError
    assert taken(limiter)


def test_the_slot_of_a_killed_process_comes_back_by_itself(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(at_once=1, lease=0.2), prefix=prefix)
    never_left = limiter.acquire("1")
    never_left.__enter__()
    assert not taken(limiter)
    time.sleep(0.25)
    assert taken(limiter)


def test_a_lost_slot_comes_back_while_others_are_at_work(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(at_once=2, lease=0.3), prefix=prefix)
    never_left = limiter.acquire("1")
    never_left.__enter__()
    time.sleep(0.2)
    with limiter.acquire("1"):
        assert not taken(limiter)
        time.sleep(0.15)
        assert taken(limiter)


def test_it_says_when_to_come_back_and_that_is_true(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=2), prefix=prefix)
    assert [taken(limiter) for _ in range(3)] == [True, True, False]
    with pytest.raises(LimitReached) as reached, limiter.acquire("1"):
        pass
    assert 0.9 < reached.value.retry_after <= 1.2
    time.sleep(reached.value.retry_after)
    assert taken(limiter)


def test_a_refused_try_uses_up_nothing(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=1, per_minute=2), prefix=prefix)
    assert [taken(limiter) for _ in range(5)] == [True, False, False, False, False]
    time.sleep(1.21)
    assert taken(limiter)


def test_patience_waits_for_a_slot(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=5), prefix=prefix, patience=3)
    started = time.monotonic()
    assert all(taken(limiter) for _ in range(8))
    assert 1.1 < time.monotonic() - started < 2.5


def test_companies_do_not_wait_for_each_other(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=1), prefix=prefix)
    limiter.pause("3")
    assert (taken(limiter, "1"), taken(limiter, "1"), taken(limiter, "2"), taken(limiter, "3")) == (
        True,
        False,
        True,
        False,
    )


def test_a_pause_holds_for_every_process_until_it_ends(server: redis.Redis, prefix: str) -> None:
    limiter, other = RedisLimiter(server, prefix=prefix), RedisLimiter(server, prefix=prefix)
    limiter.pause("1", 0.2)
    assert 0 < other.paused_for("1") <= 0.2
    assert not taken(other)
    time.sleep(0.21)
    assert other.paused_for("1") == 0
    assert taken(other)


def test_a_pause_without_a_time_is_a_minute_and_is_not_cut_short(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, prefix=prefix)
    limiter.pause("1")
    limiter.pause("1", 5)
    assert 55 < limiter.paused_for("1") <= 60


def test_limits_can_be_switched_off_but_a_pause_still_holds(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=0, per_minute=0, at_once=0), prefix=prefix)
    assert all(taken(limiter) for _ in range(600))
    limiter.pause("1")
    assert not taken(limiter)


def test_it_leaves_nothing_behind_for_ever(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, prefix=prefix)
    limiter.pause("2", 1)
    with limiter.acquire("1"):
        keys = list(server.scan_iter(f"{prefix}*"))
        assert len(keys) == 3
        lives: list[object] = [server.pttl(key) for key in keys]
    assert all(isinstance(life, int) and 0 < life <= 150_000 for life in lives)


def test_without_redis_nothing_is_sent() -> None:
    limiter = RedisLimiter.at("redis://127.0.0.1:1/0")
    with pytest.raises(LimiterDown) as down, limiter.acquire("1"):
        pytest.fail("It let a call through.")
    assert down.value.__context__ is None
    with pytest.raises(LimiterDown):
        limiter.paused_for("1")
    with pytest.raises(LimiterDown):
        limiter.wait("1")
    limiter.pause("1")


class FailingReturn:
    """Redis at the edge, going away between taking a slot and giving it back."""

    def __init__(self, server: redis.Redis) -> None:
        self._server = server
        self._taken = False

    def register_script(self, script: str) -> Callable[..., object]:
        run = self._server.register_script(script)

        def once(**given: list[object]) -> object:
            if self._taken:
                raise redis.ConnectionError("gone")
            self._taken = True
            return run(**given)  # type: ignore[arg-type]  # as it was given

        return once


def test_a_good_call_stays_good_when_redis_goes_away_meanwhile(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(FailingReturn(server), prefix=prefix)  # type: ignore[arg-type]  # only what is used
    with limiter.acquire("1"):
        posted = True
    assert posted


def test_a_call_counts_from_its_answer_since_nobody_knows_when_it_arrived(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=1, slack=0.0), prefix=prefix)
    with limiter.acquire("1"):
        time.sleep(0.4)
    answered = time.monotonic()
    assert 0.9 < limiter.wait("1") <= 1.0
    time.sleep(limiter.wait("1"))
    assert taken(limiter)
    assert time.monotonic() - answered >= 0.99


def test_a_call_without_an_answer_counts_from_when_it_has_surely_arrived(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=1, late=0.5, slack=0.0), prefix=prefix)
    with limiter.acquire("1"):
        assert 1.4 < limiter.wait("1") <= 1.5
        time.sleep(0.7)
    assert 0.6 < limiter.wait("1") <= 0.8, "its answer comes later than that, and changes nothing"


def test_whoever_asks_how_long_takes_nothing(server: redis.Redis, prefix: str) -> None:
    limiter = RedisLimiter(server, Limits(per_second=2, batches_per_minute=1), prefix=prefix)
    assert [limiter.wait("1") for _ in range(5)] == [0.0] * 5
    assert taken(limiter, batch=True)
    assert limiter.wait("1") == 0.0
    assert 55 < limiter.wait("1", batch=True) <= 60.2
    assert taken(limiter)


def test_unlimited_lets_everything_through() -> None:
    limiter = Unlimited()
    limiter.pause("1")
    assert limiter.paused_for("1") == limiter.wait("1") == 0
    with limiter.acquire("1"):
        pass
