from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from config.together import Together
from tests.races import until


class Work:
    """Squares numbers, group by group, the first of which waits until it is let go."""

    def __init__(self, at_most: int = 10) -> None:
        self.groups: list[list[int]] = []
        self.may_go_on = Event()
        self.together = Together(self._act, at_most=at_most)

    def _act(self, numbers: Sequence[int]) -> list[int | BaseException]:
        self.groups.append(list(numbers))
        assert self.may_go_on.wait(10)
        if 0 in numbers:
            raise ZeroDivisionError
        return [number**2 if number > 0 else ValueError(number) for number in numbers]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def begun(work: Work, threads: ThreadPoolExecutor, numbers: Sequence[int]) -> list[Future[int]]:
    """The first is at work, and the others wait, in their order."""
    doing = [threads.submit(work.together.do, numbers[0])]
    until(lambda: bool(work.groups))
    for number in numbers[1:]:
        doing.append(threads.submit(work.together.do, number))
        until(lambda: len(work.together._waiting) == len(doing) - 1)
    return doing


def test_a_piece_that_comes_alone_is_done_alone_and_at_once() -> None:
    work = Work()
    work.may_go_on.set()
    assert [work.together.do(number) for number in (2, 3)] == [4, 9]
    assert work.groups == [[2], [3]]


def test_what_comes_while_a_group_is_at_work_is_the_next_group(threads: ThreadPoolExecutor) -> None:
    work = Work()
    doing = begun(work, threads, [1, 2, 3, 4])
    work.may_go_on.set()
    assert [one.result(10) for one in doing] == [1, 4, 9, 16]
    assert work.groups == [[1], [2, 3, 4]]
    assert work.together.do(5) == 25  # nobody is thought to be at work any more


def test_a_group_has_no_more_than_may_be_and_who_is_left_over_leads_the_next(threads: ThreadPoolExecutor) -> None:
    work = Work(at_most=2)
    doing = begun(work, threads, [1, 2, 3, 4, 5, 6])
    work.may_go_on.set()
    assert [one.result(10) for one in doing] == [1, 4, 9, 16, 25, 36]
    assert work.groups == [[1], [2, 3], [4, 5], [6]]


def test_what_fails_for_one_is_raised_for_that_one(threads: ThreadPoolExecutor) -> None:
    work = Work()
    doing = begun(work, threads, [1, 2, -3, 4])
    work.may_go_on.set()
    with pytest.raises(ValueError, match="-3"):
        doing[2].result(10)
    assert [one.result(10) for one in doing if one is not doing[2]] == [1, 4, 16]


def test_what_fails_for_a_whole_group_is_raised_for_each_and_the_next_one_goes_on(threads: ThreadPoolExecutor) -> None:
    work = Work(at_most=2)
    doing = begun(work, threads, [1, 2, 0, 4])
    work.may_go_on.set()
    for one in doing[1:3]:
        with pytest.raises(ZeroDivisionError):
            one.result(10)
    assert (doing[0].result(10), doing[3].result(10)) == (1, 16)
