"""The scratch pad in Valkey: rate limits and the like. When it is away the platform goes on without it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

import structlog
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers "nothing stored" instead of failing while the broker is down."""

    @cached_property
    def _client(self) -> Any:
        """The one client of this thread's cache; making one costs more than asking it."""
        return self._cache.get_client(None, write=True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the stored value, or `default` also when the broker is away."""
        try:
            return super().get(key, default, version)
        except RedisError as error:
            return self._away(error, default)

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        """Store a value if the broker is there."""
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            self._away(error, None)

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        """Store a value if none is there; True also when the broker is away, for what is not remembered cannot stand in the way."""
        try:
            return bool(super().add(key, value, timeout, version))
        except RedisError as error:
            return bool(self._away(error, True))

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget a value; False also when the broker is away."""
        try:
            return bool(super().delete(key, version))
        except RedisError as error:
            return bool(self._away(error, False))

    def count(self, key: str, seconds: int) -> int:
        """Add one to a counter that lives `seconds`; return its value, 0 when the broker is away."""
        try:
            pipeline = self._client.pipeline()
            pipeline.incr(self.make_key(key))
            pipeline.expire(self.make_key(key), seconds)
            return int(pipeline.execute()[0])
        except RedisError as error:
            return int(self._away(error, 0))

    def is_reachable(self) -> bool:
        """Ask the broker for a sign of life."""
        try:
            return bool(self._client.ping())
        except (RedisError, OSError):
            return False

    def _away(self, error: RedisError, answer: Any) -> Any:
        log.warning("cache_away", error=str(error))
        return answer


def scratch_pad() -> ForgivingRedisCache:
    """Return the cache with what Django's own interface does not know: counting, and whether the broker is there."""
    return cast(ForgivingRedisCache, caches["default"])
