with routes as (
    select
        origin,
        destination,
        cast(max(distance_miles) as integer) as distance_miles,
        cast(count(*) as integer) as flights,
        cast(count(*) filter (is_cancelled) as integer) as cancelled,
        cast(count(*) filter (is_late) as integer) as late,
        cast(avg(departure_delay) as decimal(8, 2)) as average_departure_delay,
        cast(median(departure_delay) as decimal(8, 1)) as median_departure_delay,
        cast(avg(arrival_delay) as decimal(8, 2)) as average_arrival_delay,
        cast(avg(seats) as decimal(6, 1)) as average_seats
    from {{ ref('int_flights_in_weather') }}
    group by origin, destination
)

select
    routes.origin || '-' || routes.destination as route,
    routes.origin,
    from_airports.airport_name as origin_name,
    routes.destination,
    to_airports.airport_name as destination_name,
    routes.distance_miles,
    routes.flights,
    routes.cancelled,
    routes.late,
    cast(100.0 * routes.late / routes.flights as decimal(5, 2)) as late_percent,
    routes.average_departure_delay,
    routes.median_departure_delay,
    routes.average_arrival_delay,
    routes.average_seats
from routes
left join {{ ref('stg_airports') }} as from_airports on routes.origin = from_airports.airport
left join {{ ref('stg_airports') }} as to_airports on routes.destination = to_airports.airport
