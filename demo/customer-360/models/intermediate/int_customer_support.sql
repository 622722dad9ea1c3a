{{ config(materialized='view') }}

select
    customers.customer_id,
    cast(count(tickets.ticket_id) as integer) as tickets,
    cast(count(tickets.ticket_id) filter (tickets.status = 'open') as integer) as open_tickets,
    cast(avg(date_diff('minute', tickets.opened_at, tickets.first_reply_at)) as decimal(10, 1)) as average_minutes_to_reply,
    cast(avg(tickets.satisfaction) as decimal(3, 2)) as average_satisfaction,
    max(tickets.opened_at) as last_ticket_at
from {{ ref('stg_crm_customers') }} as customers
left join {{ ref('stg_support_tickets') }} as tickets on customers.customer_id = tickets.customer_id
group by customers.customer_id
