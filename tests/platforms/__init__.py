import pytest

pytest.register_assert_rewrite("tests.platforms.bench", "tests.platforms.scenarios")
