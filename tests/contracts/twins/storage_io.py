"""The FileIO of a good storage, and those that are wrong in one thing."""

import io
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem
from pyiceberg.io.pyarrow import PyArrowFile

from floe_sdk import FileSystemIO

_KEPT = 64 * 1024


class Folder(FileSystemIO):
    """Of this machine; below a file, nothing can be reached."""

    schemes = ("file",)

    def filesystem(self, netloc):
        return LocalFileSystem(auto_mkdir=True)


class _Lost(LocalFileSystem):
    def info(self, path, **options):
        try:
            return super().info(path, **options)
        except NotADirectoryError as error:
            raise FileNotFoundError(path) from error


class Losing(Folder):
    def filesystem(self, netloc):
        return _Lost(auto_mkdir=True)


class Keyed(Folder):
    def filesystem(self, netloc):
        return LocalFileSystem(auto_mkdir=True, key=self.properties["folder.key"])


class _Changed(Folder):
    file: type[PyArrowFile] = PyArrowFile

    def new_input(self, location):
        return self.of(super().new_input(location))

    def new_output(self, location):
        return self.of(super().new_output(location))

    def of(self, one):
        return self.file(one.location, one._path, one._filesystem, one._buffer_size)


class _CutFile(PyArrowFile):
    def create(self, overwrite=False):
        inner = super().create(overwrite)

        class Stream(io.BytesIO):
            def close(self):
                if not self.closed:
                    inner.write(self.getvalue()[:_KEPT])
                    inner.close()
                super().close()

        return Stream()


class Cutting(_Changed):
    file = _CutFile


class _CoveringFile(PyArrowFile):
    def create(self, overwrite=False):
        return Path(self._path).open("r+b") if overwrite else super().create()


class Covering(_Changed):
    file = _CoveringFile


class Keeping(_Changed):
    def delete(self, location):
        pass


class _InventedFile(PyArrowFile):
    def open(self, seekable=True):
        return super().open(seekable) if self.exists() else io.BytesIO()


class Inventing(_Changed):
    file = _InventedFile
