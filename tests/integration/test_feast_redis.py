import shutil
import socket
import subprocess
import time
from datetime import date, datetime

import pytest
from feature_home import make_home

from ml.features.feast import materialize
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP
from tests.parity import compare_stores

DAY = date(2024, 1, 20)
MORNING = datetime(2024, 1, 20, 12)


@pytest.fixture
def redis_url(tmp_path):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    ) as server:
        for _ in range(100):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
        server.terminate()


def test_redis_says_what_offline_says_also_back_in_time(redis_url, tmp_path):
    settings = make_home(tmp_path / "home").model_copy(
        update={"online_store": "redis", "redis_url": redis_url}
    )
    materialize(settings, datetime(2024, 2, 1))
    materialize(settings, MORNING)
    for training_set in (TEAM_MATCHUP, PLAYER_GAME):
        parity = compare_stores(settings, DAY, MORNING, training_set)
        assert parity.disagreements == ()
        assert parity.n_known > 30
    assert not (settings.feast_dir / "online.db").exists()
