"""``softrorm backup`` and ``softrorm verify``: what they say, and their exit codes."""

from __future__ import annotations


def test_a_database_is_backed_up_and_the_backup_verified(run, tracker, folder):
    answer = run("backup", "tracker", "copy")
    assert "2 tables, 3 records and 0 files of Tracker in copy" in answer.stderr
    assert answer.stdout == ""
    assert "copy is whole." in run("verify", "copy").stderr


def test_a_backup_that_was_changed_is_not_whole(run, tracker, folder):
    run("backup", "Tracker", "copy")
    (folder / "copy" / "schema.json").write_text("{}", "utf-8")
    answer = run("verify", "copy", code=1)
    assert answer.stdout == "schema.json is not what it was\n"
    assert "copy is not whole: 1 fault." in answer.stderr


def test_an_interrupted_backup_says_how_to_go_on(run, tracker, folder, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.backup.sum_up", interrupted)
        answer = run("backup", "Tracker", "copy", code=130)
    assert "Give the same command again to go on where it stopped." in answer.stderr
    assert "the backup is not finished" in run("verify", "copy", code=1).stdout
    run("backup", "Tracker", "copy")
    assert "copy holds a backup that was finished" in run("backup", "Tracker", "copy", code=2).stderr


def test_a_file_that_cannot_be_had_is_told(run, tracker, folder, monkeypatch):
    from softrorm.data.files import Fetcher, Unavailable

    def gone(*_):
        raise Unavailable("answered 404, 3 times")

    monkeypatch.setattr(Fetcher, "fetch", gone)
    meta = type(tracker.draft)._meta.binding(tracker.client)
    field = tracker.client.create_field(meta.database, meta.table, "Files", "ATTACHMENT")
    tracker.client.update_record(
        meta.database, meta.table, tracker.draft.id, {field.id: [{"url": "https://files.example/a.txt"}]}
    )
    answer = run("backup", "Tracker", "copy", code=1)
    assert "1 file could not be fetched; copy/files.jsonl says why." in answer.stderr
