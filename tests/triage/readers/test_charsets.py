"""Logs in other encodings than UTF-8: found from what they hold, read, and said."""

from pathlib import Path

import polars as pl
import pytest

from assay.triage.readers import open_sources
from assay.triage.readers.charsets import of_head, of_lines
from assay.triage.values import SourceReport

SIMPLIFIED = [
    "登录失败：用户 张伟{} 来自 10.0.0.5 密码错误",
    "系统 服务已启动 编号{}",
    "数据库 备份 完成，文件 {} 个",
]
TRADITIONAL = ["登入失敗 使用者 王小明{} 來自 10.0.0.5 密碼錯誤", "系統 服務已啟動 編號{}"]
JAPANESE = ["ログイン失敗 ユーザー 田中{} 送信元 10.0.0.5", "サービスを開始しました 番号{}"]
KOREAN = ["로그인 실패 사용자 김철수{} 주소 10.0.0.5", "서비스 시작 {}"]
RUSSIAN = ["Ошибка входа пользователь Иванов{} с адреса 10.0.0.5", "Служба запущена {}"]
WESTERN = ["échec de connexion utilisateur André{} depuis 10.0.0.5", "Fehler beim Öffnen für Müller {}"]
SAMPLES = [
    ("gb18030", SIMPLIFIED), ("big5", TRADITIONAL), ("shift_jis", JAPANESE), ("euc_jp", JAPANESE), ("euc_kr", KOREAN),
    ("cp1251", RUSSIAN), ("koi8_r", RUSSIAN), ("cp1252", WESTERN), ("utf-16-le", TRADITIONAL), ("utf-8", SIMPLIFIED),
]  # fmt: skip


def messages(phrases: list[str], count: int) -> list[str]:
    return [phrases[n % len(phrases)].format(n) for n in range(count)]


def read(path: Path, data: bytes, **options: int) -> tuple[pl.DataFrame, SourceReport]:
    path.write_bytes(data)
    reading = open_sources([path], **options)  # type: ignore[arg-type]
    return pl.concat([batch.frame for batch in reading.batches()]), reading.report[0]


@pytest.mark.parametrize(("encoding", "phrases"), SAMPLES, ids=[name for name, _ in SAMPLES])
@pytest.mark.parametrize("count", [5, 500])
def test_syslog(tmp_path: Path, encoding: str, phrases: list[str], count: int) -> None:
    said = messages(phrases, count)
    lines = [f"2024-02-09T11:00:{n % 60:02}Z web1 app[{n}]: {text}" for n, text in enumerate(said)]
    frame, report = read(tmp_path / "log", "\n".join([*lines, ""]).encode(encoding))
    assert report.source.format == "syslog"
    assert frame["message"].to_list() == said and frame["host"].unique().to_list() == ["web1"]
    assert report.encodings == ({} if encoding == "utf-8" else {encoding: count})


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_names_of_columns_and_json(tmp_path: Path, encoding: str) -> None:
    table = "时间,用户,源地址,消息\n" + "".join(
        f"2024-02-09 11:00:0{n},张伟{n},10.0.0.{n},登录失败\n" for n in range(9)
    )
    frame, report = read(tmp_path / "csv", table.encode(encoding))
    assert report.columns == {"时间": "time", "用户": "user", "源地址": "source_ip", "消息": "message"}
    assert frame["user"][3] == "张伟3" and frame["line"].to_list() == list(range(1, 10))
    first = '{"user": "张伟", "message": "登录失败：密码错误"}'
    document = f'[\n{first},\n{{"user": "王芳", "message": "系统服务已启动"}}\n]\n'
    frame, report = read(tmp_path / "json", document.encode(encoding))
    assert report.source.format == "jsonl" and frame["user"].to_list() == ["张伟", "王芳"]


def test_one_file_in_two_encodings(tmp_path: Path) -> None:
    said = messages(SIMPLIFIED, 60)
    data = b"".join((text + "\n").encode(("utf-8", "gb18030")[n % 3 == 0]) for n, text in enumerate(said))
    frame, report = read(tmp_path / "log", data)
    assert frame["message"].to_list() == said
    assert report.encodings == {"gb18030": 20} and report.repairs["not-utf8"] == 20


def test_what_shows_only_after_the_head(tmp_path: Path) -> None:
    plain = [f"2024-02-09T11:00:00Z web1 app[1]: plain ascii {n}" for n in range(8000)]
    said = messages(JAPANESE, 300)
    data = "\n".join([*plain, *said, ""]).encode("shift_jis")
    assert of_head(data[: 256 << 10]) == (None, 0)
    frame, report = read(tmp_path / "log", data)
    assert frame["message"].tail(300).to_list() == said and report.encodings == {"shift_jis": 300}


def test_too_little_shows_nothing() -> None:
    assert of_lines([b"jam\xf3n"]) is None
    assert of_head(b"\0" * 500) == (None, 0)
    assert of_head("plain".encode("utf-16-be") * 9) == ("utf-16-be", 0)


def test_several_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.triage.readers.plan.WORTH", 1)
    rows = "".join(f"2024-02-09 11:00:00,张伟{n},登录失败：密码错误\n" for n in range(60_000))
    path = tmp_path / "log"
    path.write_bytes(b"\xef\xbb\xbftime,user,message\n" + rows.encode("gb18030"))
    (alone, one), (apart, two) = (read(path, path.read_bytes(), readers=n) for n in (1, 2))
    assert alone.equals(apart) and one == two and two.encodings == {"gb18030": 60_000}
