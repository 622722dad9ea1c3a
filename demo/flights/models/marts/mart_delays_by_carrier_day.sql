with days as (
    select
        carrier,
        flight_date,
        cast(count(*) as integer) as flights,
        cast(count(*) filter (is_cancelled) as integer) as cancelled,
        cast(count(*) filter (is_late) as integer) as late,
        cast(avg(departure_delay) as decimal(8, 2)) as average_departure_delay,
        cast(avg(arrival_delay) as decimal(8, 2)) as average_arrival_delay,
        cast(count(temperature_c) as integer) as flights_with_weather,
        cast(avg(temperature_c) as decimal(5, 1)) as average_temperature_c,
        cast(max(wind_mph) as decimal(6, 2)) as strongest_wind_mph,
        cast(avg(precipitation_inches) as decimal(6, 4)) as average_precipitation_inches,
        cast(min(visibility_miles) as decimal(5, 2)) as worst_visibility_miles
    from {{ ref('int_flights_in_weather') }}
    group by carrier, flight_date
)

select
    days.carrier || '-' || strftime(days.flight_date, '%Y%m%d') as carrier_day,
    days.carrier,
    airlines.airline_name,
    days.flight_date,
    days.flights,
    days.cancelled,
    days.late,
    days.average_departure_delay,
    days.average_arrival_delay,
    days.flights_with_weather,
    days.average_temperature_c,
    days.strongest_wind_mph,
    days.average_precipitation_inches,
    days.worst_visibility_miles
from days
left join {{ ref('stg_airlines') }} as airlines on days.carrier = airlines.carrier
