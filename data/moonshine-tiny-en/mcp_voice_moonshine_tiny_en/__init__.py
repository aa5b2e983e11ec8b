"""The files of Moonshine tiny (English), in ``model`` beside this file."""
