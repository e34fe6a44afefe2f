from pathlib import Path

import articles.migrations

__path__ = [str(Path(__file__).parent), *articles.migrations.__path__]
LATEST = max(file.stem for file in Path(articles.migrations.__path__[0]).glob("0*.py"))
