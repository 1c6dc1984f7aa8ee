"""Jobs: in which order they run, how they end, and how many are kept."""

import asyncio

import pytest

from sophon_report.api.job import JobProgress, JobState
from sophon_report.errors import BadInput, NotFound, Unavailable, WrongState
from sophon_report.report.jobs import JobCancelled, Jobs, JobStats


class Clock:
    now_ms = 0

    def __call__(self):
        self.now_ms += 1
        return self.now_ms


def story(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 20))


async def ended(jobs, job):
    while not jobs.get(job.job_id).ended:  # noqa: ASYNC110 - what a caller does
        await asyncio.sleep(0)
    return jobs.get(job.job_id)


async def at_once(ticket):
    ticket.tell(3, 3, "people", "reading")
    return {"people": 3}


def test_a_job_tells_how_far_it_is_and_what_came_of_it():
    """Also from a thread."""

    async def told():
        jobs, go_on = Jobs(Clock()), asyncio.Event()

        async def work(ticket):
            await asyncio.get_running_loop().run_in_executor(None, ticket.tell, 1, 4, "people", "reading")
            halfway.set()
            await go_on.wait()
            return {"people": 4}

        halfway = asyncio.Event()
        job = jobs.start("import", work, actor="10.0.0.9")
        assert (job.kind, job.actor, job.state, job.created_ms) == ("import", "10.0.0.9", JobState.RUNNING, 1)
        await halfway.wait()
        assert jobs.get(job.job_id).progress == JobProgress(1, 4, "people", "reading")
        go_on.set()
        done = await ended(jobs, job)
        assert (done.state, done.result, done.started_ms, done.finished_ms) == (JobState.DONE, {"people": 4}, 2, 3)
        assert done.progress == JobProgress(1, 4, "people", "reading")

    story(told())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadInput("the file is no zip"), "the file is no zip"),
        (KeyError("Ada"), "internal error: see the service's log"),
    ],
)
def test_a_failed_job_says_why(error, said):
    """What nobody expected tells nothing of the inside."""

    async def told():
        jobs = Jobs(Clock())

        async def work(_ticket):
            raise error

        failed = await ended(jobs, jobs.start("import", work))
        assert (failed.state, failed.problem, failed.result) == (JobState.FAILED, said, None)

    story(told())


def test_of_one_kind_one_job_runs_and_the_others_wait_in_order():
    """Another kind does not wait for them."""

    async def told():
        jobs, gates, order = Jobs(Clock()), [asyncio.Event() for _ in range(3)], []

        def work(number):
            async def done(_ticket):
                order.append(number)
                await gates[number].wait()
                return {}

            return done

        begun = [jobs.start("import", work(number)) for number in range(3)]
        other = jobs.start("export", at_once)
        assert (await ended(jobs, other)).state is JobState.DONE
        assert [job.state for job in reversed(jobs.list())][:3] == [
            JobState.RUNNING,
            JobState.QUEUED,
            JobState.QUEUED,
        ]
        for number in range(3):
            gates[number].set()
            await ended(jobs, begun[number])
        assert order == [0, 1, 2]

    story(told())


def test_a_job_leaves_off_when_it_is_asked_to_and_can():
    """One that waits never begins; one that has ended, or cannot, says so."""

    async def told():
        jobs = Jobs(Clock())

        async def work(ticket):
            while not ticket.cancelled:  # noqa: ASYNC110 - as work does between two pieces
                await asyncio.sleep(0)
            raise JobCancelled({"people": 2})

        async def stubborn(_ticket):
            await asyncio.Event().wait()

        running, waiting = (jobs.start("import", work, cancellable=True) for _ in range(2))
        assert jobs.cancel(waiting.job_id).state is JobState.CANCELLED
        await asyncio.sleep(0)
        asked = jobs.cancel(running.job_id)
        assert (asked.state, asked.cancel_asked) == (JobState.RUNNING, True)
        left = await ended(jobs, running)
        assert (left.state, left.result) == (JobState.CANCELLED, {"people": 2})
        for job in (running, jobs.start("erase", stubborn)):
            with pytest.raises(WrongState):
                jobs.cancel(job.job_id)
        await jobs.stop()

    story(told())


def test_only_so_many_jobs_are_open_and_kept():
    """The oldest that has ended goes, and is counted; one more open one is refused, and counted."""

    async def told():
        jobs = Jobs(Clock(), max_open=2, max_kept=3)
        done = [await ended(jobs, jobs.start("import", at_once)) for _ in range(5)]
        assert [job.job_id for job in jobs.list()] == [job.job_id for job in reversed(done[2:])]
        with pytest.raises(NotFound):
            jobs.get(done[0].job_id)

        async def stubborn(_ticket):
            await asyncio.Event().wait()

        one, _two = (jobs.start("erase", stubborn) for _ in range(2))
        with pytest.raises(Unavailable):
            jobs.start("import", at_once)
        assert jobs.stats() == JobStats(open=2, kept=3, forgotten=2, refused=1)
        with pytest.raises(WrongState):
            jobs.forget(one.job_id)
        jobs.forget(done[-1].job_id)
        assert jobs.stats().kept == 2
        await jobs.stop()

    story(told())


def test_when_the_service_leaves_every_job_ends():
    """Those that can leave off do, the others are broken off; nothing new begins."""

    async def told():
        jobs = Jobs(Clock())

        async def work(ticket):
            while not ticket.cancelled:  # noqa: ASYNC110 - as work does between two pieces
                await asyncio.sleep(0)
            raise JobCancelled

        async def stubborn(_ticket):
            await asyncio.Event().wait()

        patient = jobs.start("import", work, cancellable=True)
        broken, waiting = (jobs.start("erase", stubborn) for _ in range(2))
        await asyncio.sleep(0)
        await jobs.stop()
        states = {job.job_id: job.state for job in jobs.list()}
        assert states == {
            patient.job_id: JobState.CANCELLED,
            broken.job_id: JobState.FAILED,
            waiting.job_id: JobState.QUEUED,
        }
        with pytest.raises(Unavailable):
            jobs.start("import", at_once)

    story(told())
