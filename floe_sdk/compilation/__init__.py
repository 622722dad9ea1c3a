"""Six stages from documents to an artifact: LOAD, VALIDATE, RESOLVE, ENFORCE, COMPILE, GENERATE."""
