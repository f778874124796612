import asyncio

from collection.services.pace import BATCH_AT_MOST_SECONDS, BATCH_SECONDS, BEAT_SECONDS, Pace, batch_seconds


def test_a_process_with_few_streams_sends_as_often_as_it_can_and_with_many_less_often() -> None:
    assert [batch_seconds(streams) for streams in (1, 25, 50)] == [BATCH_SECONDS] * 3
    assert BATCH_SECONDS < batch_seconds(100) < batch_seconds(150) < BATCH_AT_MOST_SECONDS
    assert batch_seconds(10_000) == BATCH_AT_MOST_SECONDS


def test_all_that_wait_go_on_and_who_left_holds_up_nobody() -> None:
    async def wait() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(loop)
        waiting = [pace.beat() for _ in range(3)]
        waiting[1].cancel()
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert done == {waiting[1]}
        await asyncio.gather(waiting[0], waiting[2])
        assert pace.beat().done() is False

    asyncio.run(wait())


def test_a_pause_is_as_long_as_it_should_be_and_who_begins_later_goes_on_later() -> None:
    async def wait() -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(loop)
        began = loop.time()
        first = pace.beat()
        await asyncio.sleep(2 * BEAT_SECONDS)
        second = pace.beat()
        await first
        assert loop.time() - began >= BATCH_SECONDS
        assert not second.done()
        await second

    asyncio.run(wait())
