-- "Today" is the day of the latest transaction, so that equal inputs give equal tables.
with today as (
    select cast(max(occurred_at) as date) as day
    from {{ ref('stg_transactions') }}
),

joined as (
    select
        customers.customer_id,
        customers.customer_initials,
        customers.email_sha256,
        customers.birth_year,
        countries.country_name,
        countries.region,
        tiers.tier_name,
        coalesce(customers.has_opted_in, false) as may_be_contacted,
        customers.signed_up_at,
        orders.orders,
        orders.refunds,
        orders.net_eur,
        orders.average_order_eur,
        orders.favourite_category,
        orders.last_order_at,
        cast(date_diff('day', cast(orders.last_order_at as date), today.day) as integer) as days_since_last_order,
        support.tickets,
        support.open_tickets,
        support.average_minutes_to_reply,
        support.average_satisfaction
    from {{ ref('stg_crm_customers') }} as customers
    inner join {{ ref('int_customer_orders') }} as orders on customers.customer_id = orders.customer_id
    inner join {{ ref('int_customer_support') }} as support on customers.customer_id = support.customer_id
    left join {{ ref('country_names') }} as countries on customers.country_code = countries.country_code
    left join {{ ref('tier_names') }} as tiers on customers.tier_code = tiers.tier_code
    cross join today
)

select
    *,
    case
        when orders = 0 then 'prospect'
        when days_since_last_order > 90 then 'dormant'
        when average_satisfaction < 2.5 or open_tickets > 1 then 'at risk'
        when net_eur >= 10000 then 'champion'
        else 'active'
    end as segment
from joined
