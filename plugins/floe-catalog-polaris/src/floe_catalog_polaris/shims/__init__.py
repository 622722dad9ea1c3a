"""What PyIceberg and Polaris get wrong, one module each: for which versions, the upstream issue, and the test that
shows when it may go (`tests/test_upstream.py`: what fails there no longer needs its shim).
"""
