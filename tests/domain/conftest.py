import pytest

pytest.register_assert_rewrite("story", "world")
