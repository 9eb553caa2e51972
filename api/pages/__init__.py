"""The pages that people read, in English and, under /es, in Spanish; every one works without JavaScript."""

from fastapi import APIRouter

from api.pages import beds, board, home, sites

router = APIRouter(include_in_schema=False)
router.include_router(home.router)
router.include_router(beds.router)
router.include_router(sites.router)
router.include_router(board.router)
