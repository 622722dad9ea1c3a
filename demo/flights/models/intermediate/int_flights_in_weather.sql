-- Late is what the Department of Transportation calls late: 15 minutes or more.
select
    flights.flight_id,
    flights.flight_date,
    flights.carrier,
    flights.origin,
    flights.destination,
    flights.distance_miles,
    flights.is_cancelled,
    flights.departure_delay,
    flights.arrival_delay,
    coalesce(flights.departure_delay >= 15, false) as is_late,
    planes.seats,
    weather.temperature_c,
    weather.wind_mph,
    weather.precipitation_inches,
    weather.visibility_miles
from {{ ref('stg_flights') }} as flights
left join {{ ref('stg_weather') }} as weather
    on flights.origin = weather.origin and flights.scheduled_hour = weather.observed_hour
left join {{ ref('stg_planes') }} as planes on flights.tail_number = planes.tail_number
