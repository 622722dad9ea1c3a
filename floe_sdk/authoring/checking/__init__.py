"""`floe plugins check`: rules that a machine checks, in levels: what can be read, then an import, then the suite."""
